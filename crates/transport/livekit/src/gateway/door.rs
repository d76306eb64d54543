//! How many may be in at once, from one place and from all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A door with a doorkeeper who counts.
#[derive(Clone)]
pub(super) struct Door(Arc<Shared>);

struct Shared {
    from_one: usize,
    from_all: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_place: HashMap<IpAddr, usize>,
}

/// Somebody who was let in; out again when dropped.
pub(super) struct Guest {
    door: Door,
    place: IpAddr,
}

impl Door {
    pub(super) fn new(from_one: usize, from_all: usize) -> Self {
        Self(Arc::new(Shared { from_one, from_all, inside: Mutex::default() }))
    }

    /// Lets somebody in from `address`, if there is room.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Guest> {
        let place = place(address);
        let mut inside = self.lock();
        let from_here = inside.by_place.get(&place).copied().unwrap_or(0);
        if from_here >= self.0.from_one || inside.all >= self.0.from_all {
            return None;
        }
        inside.by_place.insert(place, from_here + 1);
        inside.all += 1;
        Some(Guest { door: self.clone(), place })
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut inside = self.door.lock();
        inside.all -= 1;
        if let Some(count) = inside.by_place.get_mut(&self.place) {
            *count -= 1;
            if *count == 0 {
                inside.by_place.remove(&self.place);
            }
        }
    }
}

/// Who has one address of IPv6 has 2^64 of them.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_for_one_place_and_for_all_and_room_is_made_by_leaving() {
        let door = Door::new(2, 3);
        let (home, office): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let first = door.enter(home).unwrap();
        let _second = door.enter(home).unwrap();
        assert!(door.enter(home).is_none(), "two from one place");
        let _third = door.enter(office).unwrap();
        assert!(door.enter(office).is_none(), "three in all");
        drop(first);
        assert!(door.enter(home).is_some());
        drop((_second, _third));
        assert!(door.lock().by_place.is_empty());
    }

    #[test]
    fn the_addresses_of_one_network_of_ipv6_are_one_place() {
        let door = Door::new(1, 9);
        let _guest = door.enter("2001:db8::1".parse().unwrap()).unwrap();
        assert!(door.enter("2001:db8::2".parse().unwrap()).is_none());
        assert!(door.enter("2001:db8:0:1::2".parse().unwrap()).is_some());
    }
}
