//! Lines in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The lines that were used last, up to a bound.
pub(super) struct Memory {
    bound_bytes: usize,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    by_key: HashMap<String, Line>,
    bytes: usize,
    /// Counts uses, to tell which line was not used for longest.
    uses: u64,
}

struct Line {
    samples: Arc<[i16]>,
    last_use: u64,
}

impl Memory {
    pub(super) fn new(bound_bytes: usize) -> Self {
        Self { bound_bytes, lines: Mutex::default() }
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<[i16]>> {
        let mut lines = self.lock();
        lines.uses += 1;
        let now = lines.uses;
        let line = lines.by_key.get_mut(key)?;
        line.last_use = now;
        Some(line.samples.clone())
    }

    pub(super) fn put(&self, key: &str, samples: Arc<[i16]>) {
        let mut lines = self.lock();
        lines.uses += 1;
        let last_use = lines.uses;
        lines.bytes += size_of_val(&*samples);
        if let Some(old) = lines.by_key.insert(key.to_owned(), Line { samples, last_use }) {
            lines.bytes -= size_of_val(&*old.samples);
        }
        while lines.bytes > self.bound_bytes && lines.drop_oldest() {}
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Whether there was one.
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.by_key.iter().min_by_key(|(_, line)| line.last_use).map(|(key, _)| key.clone());
        let dropped = oldest.and_then(|key| self.by_key.remove(&key));
        self.bytes -= dropped.as_ref().map_or(0, |line| size_of_val(&*line.samples));
        dropped.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let memory = Memory::new(20);
        let line = |n: i16| Arc::from([n; 4]);
        memory.put("a", line(1));
        memory.put("b", line(2));
        assert!(memory.get("a").is_some());
        memory.put("c", line(3));
        assert!(memory.get("b").is_none());
        assert_eq!((memory.get("a").unwrap()[0], memory.get("c").unwrap()[0]), (1, 3));
        memory.put("c", line(4));
        assert_eq!((memory.get("c").unwrap()[0], memory.lock().bytes), (4, 16));
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let memory = Memory::new(6);
        memory.put("a", Arc::from([1; 4]));
        assert!(memory.get("a").is_none() && memory.lock().bytes == 0);
    }
}
