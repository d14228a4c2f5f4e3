//! What the tables share whose size and load limit are the user's.

use super::compose::{self, Fault, Primitives};
use super::observe::{Observer, Reason};
use super::policy::{Bytes, Deletion, Forecast, ResizeRule};
use super::settings::Settings;
use super::state::State;

/// The memory of such a table: four words (the array, its size and two counters) and 24 bytes a slot (hash, key, value),
/// as CPython 2.7 lays a slot out.
pub(super) fn bytes(size: usize) -> Bytes {
    Bytes { object: 32, entries: 24 * size as u64, ..Bytes::default() }
}

/// What tables without tombstones answer alike about their settings, in `self.settings`, and what follows from them:
/// methods for their `impl Table`.
macro_rules! answers {
    () => {
        fn bytes(&self) -> $crate::table::Bytes {
            $crate::table::open::bytes(self.state.main.slots.len())
        }

        fn forecast(&self) -> $crate::table::Forecast {
            $crate::table::open::forecast(&self.settings, &self.state)
        }

        fn copy_prices(&self, _heap: &$crate::python::Heap) -> Vec<$crate::table::CopyPrice> {
            $crate::table::compose::copy_prices(self, |size| $crate::table::open::bytes(size).total())
        }

        fn resize_rule(&self, reason: $crate::table::Reason) -> $crate::table::ResizeRule {
            $crate::table::open::resize_rule(reason)
        }

        fn deletion(&self) -> $crate::table::Deletion {
            $crate::table::open::deletion(&self.settings)
        }

        fn settings(&self) -> Option<&$crate::table::Settings> {
            Some(&self.settings)
        }

        fn configure(&mut self, given: &[(&str, &str)]) -> Result<(), String> {
            *self = Self::with(self.settings.clone().with(given)?);
            Ok(())
        }
    };
}
pub(super) use answers;

/// What a table that can be asked to shrink does when keys are deleted.
pub(super) fn deletion(settings: &Settings) -> Deletion {
    if settings.shrink > 0.0 { Deletion::AtOnce } else { Deletion::OnRequest }
}

/// After a deletion: halve the table if the settings ask for it.
pub(super) fn shrink_if_sparse<T: Primitives, O: Observer>(table: &mut T, obs: &mut O) {
    let (size, live) = (table.state().main.slots.len(), table.state().regs.used as usize);
    if table.settings().is_some_and(|settings| settings.too_sparse(size, live)) {
        compose::rebuild(table, size / 2, size as u64 / 2, Reason::Sparse, obs);
    }
}

/// Tables without tombstones: the size that an insert of one more key asks for, if it does not fit.
pub(super) fn growth(settings: &Settings, state: &State) -> Option<u64> {
    let (size, live) = (state.main.slots.len() as u64, u64::from(state.regs.used) + 1);
    (live > settings.limit(size)).then(|| settings.size_from(2 * size, live))
}

/// Tables without tombstones: when the next resize comes.
pub(super) fn forecast(settings: &Settings, state: &State) -> Forecast {
    let size = state.main.slots.len() as u64;
    let limit = settings.limit(size);
    let left = limit as u32 - state.regs.used;
    Forecast { inserts_left: Some(left), next_size: settings.size_from(2 * size, limit + 1) as u32 }
}

/// `shrink_to_fit()`: the smallest size for the live keys.
pub(super) fn shrink_to_fit<T: Primitives, O: Observer>(table: &mut T, obs: &mut O) {
    let (size, wanted) = (table.state().main.slots.len(), table.size_now());
    if wanted < size {
        compose::rebuild(table, wanted, wanted as u64, Reason::Asked, obs);
    }
}

/// `reserve(additional)`: the smallest size for so many more keys.
pub(super) fn reserve<T: Primitives, O: Observer>(table: &mut T, additional: u32, obs: &mut O) -> Result<bool, Fault> {
    let size = size_to_reserve(table, additional)?;
    if size > table.state().main.slots.len() {
        compose::rebuild(table, size, size as u64, Reason::Asked, obs);
    }
    Ok(true)
}

/// The size for so many keys more.
pub(super) fn size_to_reserve<T: Primitives>(table: &T, additional: u32) -> Result<usize, Fault> {
    compose::fit(table.size_for(u64::from(table.state().regs.used) + u64::from(additional)))
}

/// Tables without tombstones: the load limit holds and there is no tombstone.
pub(super) fn check(settings: &Settings, state: &State) -> Result<(), String> {
    let (used, limit) = (state.regs.used, settings.limit(state.main.slots.len() as u64) as u32);
    if state.regs.fill != used {
        return Err(format!("there are {} tombstones", state.regs.fill - used));
    }
    if used > limit { Err(format!("{used} slots are taken, the limit is {limit}")) } else { Ok(()) }
}

/// The rules that do not depend on the table.
pub(super) fn resize_rule(reason: Reason) -> ResizeRule {
    let (trigger, wanted, size) = match reason {
        Reason::Full | Reason::Rehash => {
            ("used + 1 > size * load", "size * 2", "that, doubled until used + 1 <= size * load")
        }
        Reason::Sparse => ("used < size * shrink", "size / 2", "that, never below the first size"),
        Reason::Asked => ("asked for", "the live keys and those reserved", FITTING),
        Reason::Copy(_) => ("copied", "the live keys", FITTING),
        _ => ("emptied", "the keys that are put in at once", FITTING),
    };
    ResizeRule { trigger, wanted, size }
}

/// The rule of tables whose tombstones may be cleared out at the same size.
pub(super) fn rule_with_tombstones(trigger: &'static str) -> ResizeRule {
    let wanted = "size * 2 if (used + 1) * 2 > size * load, else size";
    ResizeRule { trigger, wanted, size: "that, doubled until used + 1 <= size * load" }
}

const FITTING: &str = "the first size, doubled until they are at most size * load";
