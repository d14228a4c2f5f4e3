//! The pointers that are down on something that is dragged with one and pinched with two.

/// Where they are, in whatever the thing is measured in.
#[derive(Debug)]
pub struct Fingers<P> {
    down: Vec<(i32, P)>,
    /// Something was moved since the first of them came down.
    pub dragged: bool,
}

impl<P> Default for Fingers<P> {
    fn default() -> Self {
        Fingers { down: Vec::new(), dragged: false }
    }
}

impl<P: Copy> Fingers<P> {
    /// A pointer comes down; gives how many are.
    pub fn press(&mut self, id: i32, at: P) -> usize {
        if self.down.is_empty() {
            self.dragged = false;
        }
        self.down.push((id, at));
        self.down.len()
    }

    /// A pointer is lifted or taken away.
    pub fn lift(&mut self, id: i32) {
        self.down.retain(|(other, _)| *other != id);
    }

    /// Where a pointer was last, and another one that is down; `None` if it is not down itself.
    pub fn of(&self, id: i32) -> Option<(P, Option<P>)> {
        let (_, at) = self.down.iter().find(|(other, _)| *other == id)?;
        let another = self.down.iter().find(|(other, _)| *other != id);
        Some((*at, another.map(|(_, at)| *at)))
    }

    /// A pointer that is down goes to `to`.
    pub fn slide(&mut self, id: i32, to: P) {
        self.dragged = true;
        self.down.iter_mut().filter(|(other, _)| *other == id).for_each(|(_, at)| *at = to);
    }
}
