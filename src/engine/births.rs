//! When each key was put where it is: an index over the history, made in slices while a map is coloured by age.

use std::ops::Range;

use crate::history::{Column, Marks, Pos, Timeline, Wanted};
use crate::python::{Obj, ObjMap};
use crate::view::shade;

/// Operations that are looked at in one frame if no key is born: about 3 ms.
const SLICE: usize = 60_000;
/// As many as one birth costs.
const PRICE: usize = 5;

/// One key's birth.
#[derive(Clone, Copy, Debug)]
struct Birth {
    key: Obj,
    /// The operation that put it in.
    op: u32,
    /// How many births this key had before.
    nth: u32,
    /// Its last birth before this one; the first one is its own.
    before: u32,
    /// An earlier one, so far back that a search through `n` births takes about `2 log n` steps (Myers, An applicative
    /// random-access stack, 1983).
    far: u32,
}

/// All births of all keys as far as the history has been looked at. It answers for any moment, so that walking about in
/// time changes nothing in it.
#[derive(Debug, Default)]
pub(super) struct Births {
    /// In order of time.
    all: Vec<Birth>,
    /// The first so many of them hold; operations that were dropped put in the others.
    kept: usize,
    /// The last birth of each key.
    last: ObjMap<u32>,
    /// The operations before this one were looked at.
    done: usize,
    /// So many births of the operation `done` are known already: one operation may put in more keys than fit in a slice.
    part: usize,
}

impl Births {
    /// Whether it has to be brought up to date.
    pub fn is_due(&self, timeline: &Timeline) -> bool {
        self.done < timeline.len() || self.kept < self.all.len()
    }

    /// Look at some more operations, one of `parts` timelines that share a frame.
    pub fn advance(&mut self, timeline: &Timeline, parts: usize) {
        let mut left = SLICE / parts;
        while self.kept < self.all.len() && left > 0 {
            self.drop_last();
            left = left.saturating_sub(PRICE);
        }
        if self.all.is_empty() {
            // To grow a large map takes longer than a frame. Programs that put in new keys all the time make it grow yet.
            let keys = timeline.summary(Column::Used, 0..timeline.len()).max as usize;
            self.all.reserve(keys);
            self.last.reserve(keys);
        }
        if self.done < timeline.first() {
            (self.done, self.part) = (timeline.first(), 0);
        }
        while self.done < timeline.len() && left > 0 {
            let (before, most) = (self.all.len(), left.div_ceil(PRICE));
            timeline.born(self.done, self.part).take(most).for_each(|key| self.add(key));
            let born = self.all.len() - before;
            left = left.saturating_sub(1 + born * PRICE);
            match born == most {
                true => self.part += born,
                false => (self.done, self.part) = (self.done + 1, 0),
            }
        }
    }

    fn add(&mut self, key: Obj) {
        let op = self.done as u32;
        let at = self.all.len() as u32;
        let mut birth = Birth { key, op, nth: 0, before: at, far: at };
        if let Some(&before) = self.last.get(&key) {
            let nth = |at: u32| self.all[at as usize].nth;
            let far = |at: u32| self.all[at as usize].far;
            let (once, twice) = (far(before), far(far(before)));
            let equal = nth(before) - nth(once) == nth(once) - nth(twice);
            birth = Birth { nth: nth(before) + 1, before, far: if equal { twice } else { before }, ..birth };
        }
        self.last.insert(key, at);
        self.all.push(birth);
        self.kept = self.all.len();
    }

    fn drop_last(&mut self) {
        match self.all.pop() {
            Some(Birth { key, nth: 0, .. }) => _ = self.last.remove(&key),
            Some(Birth { key, before, .. }) => _ = self.last.insert(key, before),
            None => {}
        }
    }

    /// Forget operation `op` and all after it.
    pub fn cut(&mut self, op: usize) {
        self.kept = self.kept.min(self.all.partition_point(|birth| (birth.op as usize) < op));
        if op <= self.done {
            (self.done, self.part) = (op, 0);
        }
    }

    /// The last operation before `op` that put `key` in. Nothing after `op` need be known.
    fn of(&self, key: Obj, op: usize) -> Option<usize> {
        let mut birth = self.all[*self.last.get(&key)? as usize];
        while birth.op as usize >= op {
            let far = self.all[birth.far as usize];
            birth = match birth.nth {
                0 => return None,
                _ if far.op as usize >= op => far,
                _ => self.all[birth.before as usize],
            };
        }
        Some(birth.op as usize)
    }

    /// How old keys are where `timeline` stands; `None` while not all operations until there are known.
    pub fn ages<'a>(&'a self, timeline: &Timeline) -> Option<Ages<'a>> {
        let Pos { op, step } = timeline.pos();
        // A key that is being put in is born.
        let now = op + usize::from(step > 0);
        // Looking for the end takes long in a long history: only while a map is coloured by age.
        if self.done < now {
            return None;
        }
        let last = timeline.find_back(timeline.len(), Wanted::Marks(Marks::INSERT | Marks::CLEAR));
        let end = last.map_or(timeline.len(), |op| op + 1);
        Some(Ages { births: self, now, first: timeline.first(), end })
    }
}

/// How old keys are at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Ages<'a> {
    births: &'a Births,
    /// So many operations have begun.
    now: usize,
    first: usize,
    /// After the last operation that may have put in a key (`d = {…}` is marked as one that clears).
    end: usize,
}

impl Ages<'_> {
    /// The operation that put in this live key, from 0; `None` if it was forgotten with the oldest history.
    pub fn birth(self, key: Obj) -> Option<usize> {
        self.births.of(key, self.now).filter(|&op| op >= self.first)
    }

    /// Its shade on the scale of [`Ages::span`]: the key of the first operation is the palest. As pale is one whose birth was
    /// forgotten.
    pub(super) fn shade(self, key: Obj) -> u8 {
        let nth = |op| shade::nth_of((op - self.first) as u32, (self.end - self.first) as u32);
        self.birth(key).map_or(0, nth)
    }

    /// The operations that are remembered, up to the last that put in a key: the scale of all shades, wherever in time.
    pub(super) fn span(self) -> Range<usize> {
        self.first..self.end
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::python::{HashSettings, Value};
    use crate::table::{AnyTable, CopyHow, Op, Policy, State, Table};

    /// An operation before there is a heap.
    type Plain = (u8, Vec<u8>);

    fn push(timeline: &mut Timeline, (kind, keys): &Plain) {
        let heap = timeline.heap_mut();
        // Texts are new objects every time, though equal ones.
        let mut key = |n: u8| match n {
            0..24 => heap.alloc(Value::Int(n.into())),
            _ => heap.alloc(Value::Str([n.into()].into())),
        };
        let items: Vec<_> = keys.iter().map(|&n| (key(n), Obj::NONE)).collect();
        let (first, _) = items[0];
        timeline.push(match kind {
            0..6 => Op::Set(first, Obj::NONE),
            6..9 => Op::Del(first),
            9 | 10 => Op::PopItem,
            11 => Op::SetDefault(first, Obj::NONE),
            12 | 13 => Op::Update(&items),
            14 => Op::Display(&items),
            15 => Op::FromKeys(&items),
            16 => Op::Copy(CopyHow::ALL[items.len() % 4]),
            17 => Op::Contains(first),
            _ => Op::Clear,
        });
    }

    fn plain(len: Range<usize>) -> impl Strategy<Value = Vec<Plain>> {
        prop::collection::vec((0..19u8, prop::collection::vec(0..32u8, 1..9)), len)
    }

    fn keys_of(State { main, next, .. }: &State) -> Vec<Obj> {
        let slots = main.slots.iter().chain(next.iter().flat_map(|next| &next.slots));
        slots.filter(|slot| slot.is_live()).map(|slot| slot.live_key()).collect()
    }

    /// At every moment that is remembered, which live key was put in by which operation, if that is remembered too: found by
    /// comparing the keys before and after every operation.
    pub fn brute_force(timeline: &mut Timeline) -> BTreeMap<usize, BTreeMap<Obj, Option<usize>>> {
        let at = timeline.pos();
        timeline.seek(0);
        let first = timeline.pos().op;
        let mut born: BTreeMap<Obj, Option<usize>> =
            keys_of(timeline.table().state()).into_iter().map(|key| (key, None)).collect();
        let mut all = BTreeMap::from([(first, born.clone())]);
        for op in first..timeline.len() {
            if matches!(timeline.ops().get(op), Op::Display(_) | Op::FromKeys(_)) {
                born.clear();
            }
            timeline.seek(op + 1);
            let keys = keys_of(timeline.table().state());
            born.retain(|key, _| keys.contains(key));
            keys.into_iter().for_each(|key| _ = born.entry(key).or_insert(Some(op)));
            all.insert(op + 1, born.clone());
        }
        timeline.seek_to(at);
        all
    }

    fn assert_known(births: &Births, timeline: &mut Timeline) {
        for (at, born) in brute_force(timeline) {
            timeline.seek(at);
            let ages = births.ages(timeline).expect("all operations were looked at");
            assert!(born.iter().all(|(&key, &op)| ages.birth(key) == op), "before operation {at}");
        }
    }

    fn follows(policy: &'static Policy, [first, second]: [&[Plain]; 2], cut: usize, parts: usize, budget: usize) {
        let mut timeline = Timeline::new(policy, HashSettings::default(), budget);
        let mut births = Births::default();
        for (nth, plain) in first.iter().enumerate() {
            push(&mut timeline, plain);
            if nth % 3 == 0 {
                births.advance(&timeline, parts);
            }
        }
        let bring_up_to_date = |births: &mut Births, timeline: &Timeline| {
            let mut slices = 0;
            while births.is_due(timeline) {
                births.advance(timeline, parts);
                slices += 1;
                assert!(slices < 100_000, "it comes to an end");
            }
        };
        bring_up_to_date(&mut births, &timeline);
        assert_known(&births, &mut timeline);
        timeline.truncate(cut);
        births.cut(timeline.len());
        // Dead births are skipped until they are dropped.
        assert_known(&births, &mut timeline);
        second.iter().for_each(|plain| push(&mut timeline, plain));
        bring_up_to_date(&mut births, &timeline);
        assert_known(&births, &mut timeline);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn births_are_those_of_the_history_however_it_is_cut(
            first in plain(1..160),
            second in plain(0..60),
            cut in any::<prop::sample::Index>(),
            slice in prop_oneof![Just(SLICE), 1..40usize],
            budget in prop_oneof![Just(1 << 30), Just(8 << 10)],
        ) {
            let cut = cut.index(first.len() + 1);
            for policy in AnyTable::policies() {
                follows(policy, [&first, &second], cut, SLICE / slice, budget);
            }
        }
    }

    #[test]
    fn the_scale_ends_with_the_last_key_that_was_put_in() {
        let policy = AnyTable::policy_named("cpython-2.7").expect("it is there");
        for last in [(0, vec![9]), (14, vec![9]), (12, vec![9])] {
            let mut timeline = Timeline::new(policy, HashSettings::default(), 1 << 30);
            (0..9).for_each(|n| push(&mut timeline, &(0, vec![n])));
            push(&mut timeline, &last);
            (0..20).for_each(|_| push(&mut timeline, &(17, vec![1])));
            let mut births = Births::default();
            births.advance(&timeline, 1);
            let ages = births.ages(&timeline).expect("all operations were looked at");
            assert_eq!(ages.span(), 0..10, "{last:?}");
            assert_eq!(ages.shade(timeline.heap_mut().alloc(Value::Int(9))), 255, "{last:?}");
        }
    }

    #[test]
    fn a_key_that_comes_and_goes_is_found_in_few_steps() {
        let policy = AnyTable::policy_named("linear").expect("it is there");
        let mut timeline = Timeline::new(policy, HashSettings::default(), 1 << 30);
        let plain = |kind| (kind, vec![7]);
        for _ in 0..20_000 {
            push(&mut timeline, &plain(0));
            push(&mut timeline, &plain(6));
        }
        let mut births = Births::default();
        births.advance(&timeline, 1);
        assert!(births.is_due(&timeline), "more than a slice");
        while births.is_due(&timeline) {
            births.advance(&timeline, 1);
        }
        let key = births.all[0].key;
        for op in (0..20_000).step_by(611) {
            assert_eq!(births.of(key, 2 * op + 1), Some(2 * op));
            let mut steps = 0;
            let mut birth = births.all[births.last[&key] as usize];
            while birth.op as usize > 2 * op {
                let far = births.all[birth.far as usize];
                birth = if far.op as usize > 2 * op { far } else { births.all[birth.before as usize] };
                steps += 1;
            }
            assert!(steps < 50, "{steps} steps to operation {op}");
        }
    }
}
