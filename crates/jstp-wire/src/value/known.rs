//! Names that a thread has met before.

mod forget;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::iter::successors;
use std::sync::Arc;

use super::distinct::Fingerprints;
use crate::object::{NameList, Names};
use crate::scan::is_bare_key;
use crate::words;

/// How many paths are remembered.
const MAX_PATHS: usize = 1024;
/// How many names a path has at most.
const MAX_NAMES: u8 = 64;
/// How many bytes a name of a path has at most.
const MAX_NAME: usize = 64;
/// How many bytes the lists that are kept for objects take together at most; once they are written, about as much
/// again.
const MAX_LISTED: usize = 128 * 1024;
/// In how many places paths may be, a power of two: twice as many as there are paths.
const PLACES: usize = 2 * MAX_PATHS;
/// In how many of the places a path may be.
const TRIES: usize = 8;

/// What the hash of a path is multiplied by.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The names of an object so far, as [`KnownNames`] has them; by default there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(u16);

/// Remembers the names of objects, so that those of the next object are recognized and not copied again.
///
/// Messages have the same few names over and over. They are kept as a tree: from the names that an object has so
/// far, the path, its next name leads on to another path, and at the end is the list that all objects of these
/// names share. What does not fit in is refused, until everything is forgotten: at the end of the text, and within it
/// when as much was refused as there is room for.
pub(super) struct KnownNames {
    /// The last steps of all paths; the first one stands for the path without names.
    steps: Vec<Step>,
    /// Where the paths are by their hash; zeros are free.
    places: Box<[u16; PLACES]>,
    /// The last names of all paths, one behind the other.
    text: String,
    /// How many bytes are in lists.
    listed: usize,
    is_full: bool,
    /// Whether that was so since everything was forgotten at the end of a text.
    was_full: bool,
    /// How often something was refused since.
    refused: usize,
    /// Chosen at random, so that nobody can tell which paths want the same place.
    seed: u64,
}

/// The last name of a path.
#[derive(Default)]
struct Step {
    form: Form,
    /// How many names the path has with it.
    count: u8,
    /// Where it starts in the text.
    start: usize,
    /// Its first eight bytes, zeros behind them.
    first: u64,
    /// Those of all names of the path.
    fingerprints: Fingerprints,
    /// All names of the path, once there was an object of them.
    list: Option<Arc<Names>>,
}

/// What there is of a path.
enum Found {
    Path(Path),
    /// Only a place where it may be.
    Free(usize),
    Nothing,
}

/// What a step is, but for its bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Form {
    /// The path without it.
    before: Path,
    /// How many bytes the name has.
    length: u8,
    /// Whether it is written without quotes.
    is_bare: bool,
}

impl Default for KnownNames {
    fn default() -> Self {
        Self {
            steps: vec![Step::default()],
            places: Box::new([0; PLACES]),
            text: String::new(),
            listed: 0,
            is_full: false,
            was_full: false,
            refused: 0,
            seed: new_seed(),
        }
    }
}

impl KnownNames {
    /// The path that goes on from `path` by an identifier of so many bytes, at most eight, if it is known.
    #[inline]
    pub(super) fn follow_short(&self, path: Path, name: u64, length: usize) -> Option<Path> {
        #[expect(clippy::cast_possible_truncation, reason = "at most eight")]
        let form = Form {
            before: path,
            length: length as u8,
            is_bare: true,
        };
        // Most paths are in the first of their places.
        let place = place_of(self.hash(path, name));
        let next = Path(*self.places.get(place)?);
        let step = self.step(next)?;
        if step.form == form && step.first == name {
            return Some(next);
        }
        if next == Path::default() {
            return None;
        }
        self.follow_distant(place, form, name)
    }

    /// The same if it is in one of the other places.
    #[inline(never)]
    fn follow_distant(&self, first_place: usize, form: Form, name: u64) -> Option<Path> {
        let next = (places_from(first_place).skip(1))
            .map(|place| self.places.get(place).copied().unwrap_or_default())
            .take_while(|&next| next != 0)
            .find(|&next| {
                (self.step(Path(next))).is_some_and(|step| step.form == form && step.first == name)
            });
        next.map(Path)
    }

    /// What there is of the path that goes on from `path` by a name; `first` are the first eight bytes of that, zeros
    /// behind them.
    #[inline]
    fn find(&self, path: Path, name: &[u8], first: u64) -> Found {
        for place in self.places(path, name, first) {
            let next = Path(self.places.get(place).copied().unwrap_or_default());
            if next == Path::default() {
                return Found::Free(place);
            }
            if self.leads_to(path, name, first, next) {
                return Found::Path(next);
            }
        }
        Found::Nothing
    }

    /// The path that goes on from `path` by a name that stands in the text as it is, without quotes or with them
    /// around it.
    ///
    /// What stands there need not be a name: if it is found here, it is one.
    #[inline]
    pub(super) fn follow_plain(&self, path: Path, name: &[u8], first: u64) -> Option<Path> {
        let Found::Path(next) = self.find(path, name, first) else {
            return None;
        };
        self.step(next)?.form.is_bare.then_some(next)
    }

    /// The path that goes on from `path` by a name, which is learned if need be.
    ///
    /// There is none if the name repeats or is long, if there are many names, and if there is no room.
    pub(super) fn follow_or_learn(&mut self, path: Path, name: &str) -> Option<Path> {
        let first = words::load(name.as_bytes());
        match self.find(path, name.as_bytes(), first) {
            Found::Path(next) => Some(next),
            Found::Free(place) => self.learn(path, name, first, Some(place)),
            Found::Nothing => self.learn(path, name, first, None),
        }
    }

    /// The path without its last name.
    pub(super) fn before(&self, path: Path) -> Path {
        self.step(path).map_or(path, |step| step.form.before)
    }

    /// The names of the path as an object keeps them, if there was one and they are kept.
    #[inline]
    pub(super) fn list(&self, path: Path) -> Option<Arc<Names>> {
        self.step(path)?.list.clone()
    }

    /// Adds the names of the path to `names`.
    #[cold]
    pub(super) fn push_to(&self, path: Path, names: &mut NameList) {
        let mut all = [Path::default(); MAX_NAMES as usize];
        let (mut bytes, mut count) = (0, 0);
        for (path, place) in self.paths_before(path).zip(&mut all) {
            *place = path;
            bytes += self
                .step(path)
                .map_or(0, |step| usize::from(step.form.length));
            count += 1;
        }
        names.reserve(bytes, count);
        for &path in all.iter().take(count).rev() {
            names.push(self.last_name(path));
        }
    }

    #[cold]
    fn learn(&mut self, path: Path, name: &str, first: u64, place: Option<usize>) -> Option<Path> {
        if self.is_full {
            self.refused += 1;
            return None;
        }
        let before = self.step(path)?;
        if before.count == MAX_NAMES || name.len() > MAX_NAME {
            return None;
        }
        let mut fingerprints = before.fingerprints;
        if !fingerprints.add(name) && self.has(path, name, first) {
            return None;
        }
        if place.is_none() || self.steps.len() == MAX_PATHS {
            self.fill();
            return None;
        }
        Some(self.add(path, name, first, fingerprints, place))
    }

    /// Adds the path that goes on from `path` by a name of at most [`MAX_NAME`] bytes; there must be room for it.
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds")]
    fn add(
        &mut self,
        path: Path,
        name: &str,
        first: u64,
        fingerprints: Fingerprints,
        place: Option<usize>,
    ) -> Path {
        let next = self.steps.len() as u16;
        if let Some(place) = place.and_then(|place| self.places.get_mut(place)) {
            *place = next;
        }
        self.steps.push(Step {
            form: Form {
                before: path,
                length: name.len() as u8,
                is_bare: is_bare_key(name),
            },
            count: self.step(path).map_or(0, |before| before.count) + 1,
            start: self.text.len(),
            first,
            fingerprints,
            list: None,
        });
        self.text.push_str(name);
        Path(next)
    }

    /// The names of the path as an object keeps them, for the first time; none if there are no names.
    #[cold]
    pub(super) fn make_list(&mut self, path: Path) -> Option<Arc<Names>> {
        if path == Path::default() {
            return None;
        }
        let mut names = NameList::default();
        self.push_to(path, &mut names);
        let size = names.size();
        let list = Arc::new(Names::of(names));
        if self.listed + size > MAX_LISTED {
            self.fill();
        } else {
            self.listed += size;
            self.steps.get_mut(usize::from(path.0))?.list = Some(Arc::clone(&list));
        }
        Some(list)
    }

    #[inline]
    fn step(&self, path: Path) -> Option<&Step> {
        self.steps.get(usize::from(path.0))
    }

    /// Whether `next` is `path` and the name.
    #[inline]
    fn leads_to(&self, path: Path, name: &[u8], first: u64, next: Path) -> bool {
        self.step(next).is_some_and(|step| {
            step.form.before == path
                && step.first == first
                && usize::from(step.form.length) == name.len()
                && (name.len() <= words::LENGTH || self.last_name(next).as_bytes() == name)
        })
    }

    /// The path, and what it is without its last names, as long as there are any.
    fn paths_before(&self, path: Path) -> impl Iterator<Item = Path> {
        successors(Some(path), |&path| Some(self.before(path)))
            .take_while(|&path| path != Path::default())
    }

    /// Whether the name is one of the path.
    fn has(&self, path: Path, name: &str, first: u64) -> bool {
        self.paths_before(path).any(|path| {
            let begins_alike = self.step(path).is_some_and(|step| step.first == first);
            begins_alike && self.last_name(path) == name
        })
    }

    /// The last name of the path.
    fn last_name(&self, path: Path) -> &str {
        let step = self.step(path);
        let place = step.map(|step| step.start..step.start + usize::from(step.form.length));
        place
            .and_then(|place| self.text.get(place))
            .unwrap_or_default()
    }

    /// The places where the path that goes on from `path` by the name may be.
    #[inline]
    fn places(&self, path: Path, name: &[u8], first: u64) -> impl Iterator<Item = usize> + use<> {
        let mut hash = self.hash(path, first);
        let mut rest = name.get(words::LENGTH..).unwrap_or_default();
        while !rest.is_empty() {
            hash ^= hash >> 32;
            hash = (hash ^ words::load(rest)).wrapping_mul(MULTIPLIER);
            rest = rest.get(words::LENGTH..).unwrap_or_default();
        }
        places_from(place_of(hash))
    }

    /// The hash of what goes on from `path` by a name of at most eight bytes.
    #[inline]
    fn hash(&self, path: Path, name: u64) -> u64 {
        (self.seed ^ name ^ u64::from(path.0) << 48).wrapping_mul(MULTIPLIER)
    }
}

#[inline]
fn place_of(hash: u64) -> usize {
    const SHIFT: u32 = u64::BITS - PLACES.ilog2();
    (hash >> SHIFT) as usize
}

/// The places where something may be, its first place first.
#[inline]
fn places_from(first: usize) -> impl Iterator<Item = usize> {
    (first..first + TRIES).map(|place| place % PLACES)
}

fn new_seed() -> u64 {
    RandomState::new().hash_one(())
}
