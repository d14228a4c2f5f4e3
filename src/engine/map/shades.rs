//! A shade for every slot of a map: looked at in slices, and kept up with what changes.

/// What may be spent in one frame ([`Shades::look`]): about 3 ms.
pub(super) const BUDGET: usize = 96_000;
/// More changed slots than this are looked at with all others.
const MOST_CHANGED: usize = 8192;

/// The shades. What they tell is the caller's matter; only it must stay the same until a slot changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Shades {
    shades: Vec<u8>,
    /// The slot that a round over all slots comes to next.
    next: usize,
    /// So many are left of that round.
    left: usize,
    /// Slots that changed, and that the round does not come to.
    changed: Vec<u32>,
}

impl Shades {
    /// Shades for so many slots.
    pub fn new(slots: usize) -> Shades {
        Shades { shades: vec![0; slots], left: slots, ..Shades::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.shades.is_empty()
    }

    pub fn is_done(&self) -> bool {
        self.left == 0 && self.changed.is_empty()
    }

    pub fn of(&self, slot: u32) -> u8 {
        self.shades.get(slot as usize).copied().unwrap_or(0)
    }

    /// Every slot has to be looked at. The round goes on where it is: were it to begin again whenever much changes, it would
    /// not come to the last slots.
    pub fn all_changed(&mut self) {
        self.left = self.shades.len();
        self.changed.clear();
    }

    /// These slots changed.
    pub fn changed(&mut self, slots: &[u32]) {
        if self.changed.len() + slots.len() > MOST_CHANGED {
            self.all_changed();
            return;
        }
        let (size, next, left) = (self.shades.len(), self.next, self.left);
        let is_to_come = |slot: usize| (if slot < next { slot + size } else { slot }) < next + left;
        self.changed.extend(slots.iter().filter(|&&slot| !is_to_come(slot as usize)));
    }

    /// Look at the slots that changed, then go on with the round for as long as `budget` lasts. `look` gives the shade of a
    /// live slot; that costs `price`, an empty slot 1. `paint` is told where a shade is another one now.
    pub fn look(
        &mut self,
        mut budget: usize,
        price: usize,
        look: &mut dyn FnMut(u32) -> Option<u8>,
        paint: &mut dyn FnMut(u32),
    ) {
        let mut changed = std::mem::take(&mut self.changed);
        loop {
            let slot = match changed.pop() {
                Some(slot) => slot,
                None if self.left == 0 || budget == 0 => break,
                None => {
                    let slot = self.next;
                    self.next = (slot + 1) % self.shades.len();
                    self.left -= 1;
                    slot as u32
                }
            };
            let shade = look(slot);
            budget = budget.saturating_sub(if shade.is_some() { price } else { 1 });
            if let Some(shade) = shade
                && std::mem::replace(&mut self.shades[slot as usize], shade) != shade
            {
                paint(slot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Look once at slots of which every third is empty; gives which were looked at.
    fn look(shades: &mut Shades, budget: usize, truth: &[u8]) -> Vec<u32> {
        let mut looked = Vec::new();
        let of = |slot: u32| (!slot.is_multiple_of(3)).then(|| truth[slot as usize]);
        let mut told = |slot| {
            looked.push(slot);
            of(slot)
        };
        shades.look(budget, 5, &mut told, &mut |_| {});
        looked
    }

    #[test]
    fn a_round_comes_to_every_slot_however_often_it_is_begun_again() {
        let mut shades = Shades::new(100);
        let truth: Vec<u8> = (0..100).collect();
        let mut looked = Vec::new();
        while looked.len() < 100 {
            looked.extend(look(&mut shades, 40, &truth));
            shades.all_changed();
        }
        looked.sort();
        looked.dedup();
        assert_eq!(looked.len(), 100);
        while !shades.is_done() {
            assert!(look(&mut shades, 40, &truth).len() < 20, "a slice is a slice");
        }
        assert!((0..100).all(|slot| shades.of(slot) == if slot.is_multiple_of(3) { 0 } else { slot as u8 }));
        assert!(look(&mut shades, 40, &truth).is_empty());
    }

    #[test]
    fn what_changed_is_looked_at_at_once_and_painted_where_it_differs() {
        let mut shades = Shades::new(100);
        look(&mut shades, 40, &[7; 100]);
        let (seen, to_come) = (1, 98);
        shades.changed(&[seen, to_come, 0, seen + 1]);
        assert!(!shades.is_done());
        let mut painted = Vec::new();
        shades.look(0, 5, &mut |slot| (slot > 0).then_some(if slot == seen { 9 } else { 7 }), &mut |slot| {
            painted.push(slot)
        });
        assert_eq!(painted, [seen], "one changed to what it was, one is empty, one the round will come to");
        let many: Vec<u32> = (0..100).cycle().take(MOST_CHANGED + 1).collect();
        while !shades.is_done() {
            look(&mut shades, 1_000, &[7; 100]);
        }
        shades.changed(&many);
        assert_eq!(look(&mut shades, 1_000, &[7; 100]).len(), 100, "each of them once");
    }
}
