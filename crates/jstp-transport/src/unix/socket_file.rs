use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::timeout;

/// A socket file of ours, removed on drop.
#[derive(Debug)]
pub(super) struct SocketFile {
    /// Absolute, since the process may change its directory meanwhile.
    path: PathBuf,
    identity: Identity,
}

/// Which file it is, whatever its name.
type Identity = (u64, u64);

impl SocketFile {
    /// The socket that was just bound at `path`; `None` if it is gone already.
    pub(super) fn at(path: &Path) -> Option<SocketFile> {
        let identity = socket_identity(path).ok()??;
        Some(SocketFile {
            path: absolute(path).ok()?,
            identity,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = remove_if_same(&self.path, self.identity) {
            tracing::debug!(%error, path = %self.path.display(), "the socket file was not removed");
        }
    }
}

/// Removes the socket at `path` if nobody answers on it, and tells whether the path is free now.
pub(super) async fn remove_stale(path: &Path, patience: Duration) -> io::Result<bool> {
    let identity = match socket_identity(path) {
        Ok(Some(identity)) => identity,
        Ok(None) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    match timeout(patience, UnixStream::connect(path)).await {
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            // Another process may have replaced the dead socket while we were knocking.
            remove_if_same(path, identity)
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        _ => Ok(false),
    }
}

fn remove_if_same(path: &Path, identity: Identity) -> io::Result<bool> {
    match socket_identity(path) {
        Ok(Some(found)) if found == identity => fs::remove_file(path).map(|()| true),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// `None`: the file is no socket.
fn socket_identity(path: &Path) -> io::Result<Option<Identity>> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(metadata
        .file_type()
        .is_socket()
        .then(|| (metadata.dev(), metadata.ino())))
}
