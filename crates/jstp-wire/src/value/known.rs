//! Names that a thread has met before.

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
/// names share. What does not fit in is not remembered, until everything is forgotten.
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

    /// The path that goes on from `path` by a name; `first` are the first eight bytes of that, zeros behind them.
    #[inline]
    pub(super) fn follow(&self, path: Path, name: &[u8], first: u64) -> Option<Path> {
        let next = self.places(path, name, first).find_map(|place| {
            let next = Path(*self.places.get(place)?);
            (next == Path::default() || self.leads_to(path, name, first, next)).then_some(next)
        })?;
        (next != Path::default()).then_some(next)
    }

    /// The same for a name that stands in the text as it is, without quotes or with them around it.
    ///
    /// What stands there need not be a name: if it is found here, it is one.
    #[inline]
    pub(super) fn follow_plain(&self, path: Path, name: &[u8], first: u64) -> Option<Path> {
        let next = self.follow(path, name, first)?;
        self.step(next)?.form.is_bare.then_some(next)
    }

    /// The path that goes on from `path` by a name, which is learned if need be.
    ///
    /// There is none if the name repeats or is long, if there are many names, and if there is no room.
    pub(super) fn follow_or_learn(&mut self, path: Path, name: &str) -> Option<Path> {
        let (bytes, first) = (name.as_bytes(), words::load(name.as_bytes()));
        self.follow(path, bytes, first)
            .or_else(|| self.learn(path, name, first))
    }

    /// The path without its last name.
    pub(super) fn before(&self, path: Path) -> Path {
        self.step(path).map_or(path, |step| step.form.before)
    }

    /// The names of the path as an object keeps them; none if there are no names.
    #[inline]
    pub(super) fn list(&mut self, path: Path) -> Option<Arc<Names>> {
        match &self.step(path)?.list {
            Some(list) => Some(Arc::clone(list)),
            None => self.make_list(path),
        }
    }

    /// Adds the names of the path to `names`.
    #[cold]
    pub(super) fn push_to(&self, path: Path, names: &mut NameList) {
        let mut all = Vec::with_capacity(usize::from(MAX_NAMES));
        all.extend(self.reversed(path));
        names.reserve(all.iter().map(|name| name.len()).sum(), all.len());
        for name in all.into_iter().rev() {
            names.push(name);
        }
    }

    /// Forgets everything if no more can be learned; there must be no paths outside.
    #[inline]
    pub(super) fn make_room(&mut self) {
        if self.is_full {
            self.forget();
        }
    }

    /// Keeps the memory, since names that never come again fill it up over and over.
    #[cold]
    fn forget(&mut self) {
        self.steps.truncate(1);
        self.places.fill(0);
        self.text.clear();
        self.listed = 0;
        self.is_full = false;
        // Paths that wanted the same place should not do so for ever.
        self.seed = new_seed();
    }

    #[cold]
    fn learn(&mut self, path: Path, name: &str, first: u64) -> Option<Path> {
        let before = self.step(path)?;
        if self.is_full || before.count == MAX_NAMES || name.len() > MAX_NAME {
            return None;
        }
        let mut fingerprints = before.fingerprints;
        if !fingerprints.add(name) && self.reversed(path).any(|known| known == name) {
            return None;
        }
        let place = (self.places(path, name.as_bytes(), first))
            .find(|&place| self.places.get(place) == Some(&0));
        let (Some(place), true) = (place, self.steps.len() < MAX_PATHS) else {
            self.is_full = true;
            return None;
        };
        let step = Step {
            form: Form {
                before: path,
                length: u8::try_from(name.len()).ok()?,
                is_bare: is_bare_key(name),
            },
            count: before.count + 1,
            start: self.text.len(),
            first,
            fingerprints,
            list: None,
        };
        let next = u16::try_from(self.steps.len()).ok()?;
        *self.places.get_mut(place)? = next;
        self.steps.push(step);
        self.text.push_str(name);
        Some(Path(next))
    }

    #[cold]
    fn make_list(&mut self, path: Path) -> Option<Arc<Names>> {
        if path == Path::default() {
            return None;
        }
        let mut names = NameList::default();
        self.push_to(path, &mut names);
        let size = names.size();
        let list = Arc::new(Names::of(names));
        if self.listed + size > MAX_LISTED {
            self.is_full = true;
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

    /// The names of the path, the last one first.
    fn reversed(&self, path: Path) -> impl Iterator<Item = &str> {
        successors(Some(path), |&path| Some(self.before(path)))
            .take_while(|&path| path != Path::default())
            .map(|path| self.last_name(path))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{KnownNames, MAX_LISTED, MAX_NAME, MAX_NAMES, MAX_PATHS, Path};
    use crate::object::NameList;
    use crate::words;

    fn path(known: &mut KnownNames, names: &[&str]) -> Option<Path> {
        names.iter().try_fold(Path::default(), |path, name| {
            known.follow_or_learn(path, name)
        })
    }

    fn plain(known: &KnownNames, name: &str) -> bool {
        let first = words::load(name.as_bytes());
        let path = known.follow_plain(Path::default(), name.as_bytes(), first);
        path.is_some()
    }

    #[test]
    fn equal_names_are_shared() {
        let mut known = KnownNames::default();
        let mut list = |names: &[&str]| {
            let path = path(&mut known, names).unwrap();
            known.list(path)
        };
        let long = ["a", "a_long_name", "a_long_nama", ""];
        let first = list(&long).unwrap();
        assert!(first.list().iter().eq(long));
        assert!(Arc::ptr_eq(&first, &list(&long).unwrap()));
        assert!(
            list(&long[..3])
                .unwrap()
                .list()
                .iter()
                .eq(long[..3].iter().copied())
        );
        assert!(list(&[]).is_none());
    }

    #[test]
    fn a_path_goes_back_and_tells_its_names() {
        let mut known = KnownNames::default();
        let [long, short] = [&["a", "b", "c"][..], &["a", "b"]];
        let end = path(&mut known, long).unwrap();
        assert_eq!(known.before(end), path(&mut known, short).unwrap());
        let mut list = NameList::default();
        known.push_to(end, &mut list);
        assert!(list.iter().eq(long.iter().copied()));
    }

    #[test]
    fn names_that_repeat_or_are_long_or_many_are_not_learned() {
        let mut known = KnownNames::default();
        let many: Vec<_> = (0..=MAX_NAMES).map(|n| format!("n{n}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert!(path(&mut known, &many).is_none());
        assert!(path(&mut known, &many[1..]).is_some());
        let long = "n".repeat(MAX_NAME + 1);
        for names in [&["a", "b", "a"][..], &["a", "a"], &[&long]] {
            assert!(path(&mut known, names).is_none(), "{names:?}");
        }
        assert!(path(&mut known, &[&long[1..]]).is_some());
    }

    #[test]
    fn only_identifiers_are_plain() {
        let mut known = KnownNames::default();
        for (name, is_plain) in [
            ("a", true),
            ("$_9", true),
            ("1", false),
            ("'a'", false),
            ("a ", false),
            ("", false),
        ] {
            path(&mut known, &[name]).unwrap();
            assert_eq!(plain(&known, name), is_plain, "{name}");
        }
        assert!(!plain(&known, "b"));
    }

    #[test]
    fn what_is_full_learns_no_more_until_it_forgets() {
        let mut known = KnownNames::default();
        let learned = (0..10 * MAX_PATHS).filter(|n| path(&mut known, &[&n.to_string()]).is_some());
        assert!((MAX_PATHS / 2..MAX_PATHS).contains(&learned.count()));
        assert!(path(&mut known, &["new"]).is_none());
        known.make_room();
        assert_eq!(known.steps.len(), 1);
        for n in 0..10 * MAX_PATHS {
            let name = n.to_string();
            let first = words::load(name.as_bytes());
            let path = known.follow(Path::default(), name.as_bytes(), first);
            assert_eq!(path, None);
        }
        let end = path(&mut known, &["new", "names"]).unwrap();
        assert!(known.list(end).unwrap().list().iter().eq(["new", "names"]));
    }

    #[test]
    fn lists_take_little_memory() {
        let mut known = KnownNames::default();
        let mut kept = 0;
        for first in 0..15 {
            let mut end = path(&mut known, &[&first.to_string()]).unwrap_or_default();
            for n in 0..60 {
                let Some(next) = known.follow_or_learn(end, &format!("{n:060}")) else {
                    break;
                };
                end = next;
                let list = known.list(end).unwrap();
                if Arc::strong_count(&list) > 1 {
                    kept += list.list().size();
                }
            }
        }
        assert!(known.is_full);
        assert!(kept <= MAX_LISTED);
        known.make_room();
        assert_eq!(known.listed, 0);
    }
}
