//! Markers by which the compiler tells the shapes of handlers and of their answers apart.
//!
//! One type may implement a trait once for each marker, where it could not do so at all without.
//! They are inferred, and nobody writes or makes one.

use std::marker::PhantomData;

/// An answer that is one value.
#[derive(Debug)]
pub enum Value {}

/// An answer of several values.
#[derive(Debug)]
pub enum Several {}

/// An answer that may be an error instead.
#[derive(Debug)]
pub struct Fallible<M>(PhantomData<M>);

/// An answer that is given at once.
#[derive(Debug)]
pub struct Now<M>(PhantomData<M>);

/// An answer that is given by a future.
#[derive(Debug)]
pub struct Later<M>(PhantomData<M>);

/// A handler that takes the arguments `A` alone.
#[derive(Debug)]
pub struct Plain<A, M>(PhantomData<(A, M)>);

/// A handler that takes the connection before the arguments `A`.
#[derive(Debug)]
pub struct WithConnection<A, M>(PhantomData<(A, M)>);
