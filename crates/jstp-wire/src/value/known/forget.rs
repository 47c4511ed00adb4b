//! Making room for other names.

use super::{Found, KnownNames, MAX_PATHS, NameList, Path, new_seed, words};

/// How many names the paths have at most that stay while all others are forgotten.
const MAX_KEPT: usize = MAX_PATHS / 4;

impl KnownNames {
    /// Learns no more.
    pub(super) fn fill(&mut self) {
        self.is_full = true;
        self.was_full = true;
        self.refused += 1;
    }

    /// Forgets everything if there was no room for all; there must be no paths outside.
    #[inline]
    pub(in crate::value) fn make_room(&mut self) {
        if self.was_full {
            self.forget();
            self.was_full = false;
        }
    }

    /// Whether so much was refused that everything should be forgotten, although there are paths outside.
    pub(in crate::value) fn is_worn(&self) -> bool {
        self.refused >= MAX_PATHS
    }

    /// Forgets everything but these paths, which are learned anew; if they are long, nothing.
    #[cold]
    pub(in crate::value) fn renew<'p>(&mut self, paths: impl Iterator<Item = &'p mut Path>) {
        self.refused = 0;
        let mut kept = Vec::new();
        let mut count = 0;
        for path in paths {
            let mut names = NameList::default();
            self.push_to(*path, &mut names);
            count += names.len();
            if count > MAX_KEPT {
                return;
            }
            kept.push((path, names));
        }
        self.forget();
        for (path, names) in kept {
            let names = names.iter();
            *path = names.fold(Path::default(), |path, name| self.learn_again(path, name));
        }
    }

    /// The path that goes on from `path` by a name that was known; without a place, it is not found again.
    fn learn_again(&mut self, path: Path, name: &str) -> Path {
        let first = words::load(name.as_bytes());
        let place = match self.find(path, name.as_bytes(), first) {
            Found::Path(next) => return next,
            Found::Free(place) => Some(place),
            Found::Nothing => None,
        };
        let before = self.step(path).map(|step| step.fingerprints);
        let mut fingerprints = before.unwrap_or_default();
        fingerprints.add(name);
        self.add(path, name, first, fingerprints, place)
    }

    /// Keeps the memory, since names that never come again fill it up over and over.
    #[cold]
    fn forget(&mut self) {
        self.steps.truncate(1);
        self.places.fill(0);
        self.text.clear();
        self.listed = 0;
        self.is_full = false;
        self.refused = 0;
        // Paths that wanted the same place should not do so for ever.
        self.seed = new_seed();
    }
}
