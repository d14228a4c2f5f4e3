//! What is on the page as one value: it can be written to a link and read back to the same cells.

use std::rc::Rc;

use crate::history::Pos;
use crate::program::{Program, ProgramError, SCENARIOS, Scenario};
use crate::python::{HashSettings, quote};
use crate::table::{Spec, named_in_v1};

/// A piece of program text that was run where the one before it had ended, and what of it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Program text, as it was typed.
    pub text: Rc<str>,
    /// Only its first so many operations: the reader went back and did something else, or a line failed. `None` for all.
    pub take: Option<usize>,
    /// How many operations of it every table has run; 0 until they are built. A link does not carry it.
    pub ops: usize,
}

impl Chapter {
    /// All of `text`, not built yet.
    pub fn new(text: &str) -> Chapter {
        Chapter { text: text.into(), take: None, ops: 0 }
    }
}

/// Which tables run which program.
#[derive(Clone, Debug)]
pub struct Story {
    /// The tables with their settings, as [`Spec::parse`] reads them: one to four.
    pub tables: Vec<String>,
    /// What hashes depend on.
    pub settings: HashSettings,
    /// The program.
    pub chapters: Vec<Chapter>,
    /// The scenario that it began as.
    pub scenario: Option<&'static Scenario>,
}

/// Where the reader stands in a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The moment.
    pub pos: Pos,
    /// Which of the tables is told about.
    pub focus: usize,
    /// The slot of it that is looked at.
    pub slot: Option<u32>,
}

impl Place {
    /// As the end of a link: it begins with `at=`.
    pub fn to_link(self) -> String {
        let mut link = form_urlencoded::Serializer::new(String::new());
        link.append_pair("at", &self.pos.op.to_string());
        if self.pos.step > 0 {
            link.append_pair("step", &self.pos.step.to_string());
        }
        if self.focus > 0 {
            link.append_pair("focus", &self.focus.to_string());
        }
        if let Some(slot) = self.slot {
            link.append_pair("slot", &slot.to_string());
        }
        link.finish()
    }
}

/// The most tables side by side.
pub const MOST_TABLES: usize = 4;
/// The version of the links that are written. Version 1 is read too: it had no scenario, step, focus or slot.
const LINK_VERSION: &str = "2";

impl Story {
    /// These tables, one program.
    pub fn new(tables: &[&str], text: &str) -> Story {
        let tables = tables.iter().map(|&table| table.to_owned()).collect();
        Story { tables, settings: HashSettings::default(), chapters: vec![Chapter::new(text)], scenario: None }
    }

    /// A scenario of the menu.
    pub fn of(scenario: &'static Scenario) -> Story {
        Story { scenario: Some(scenario), ..Story::new(scenario.tables, scenario.text) }
    }

    /// The program as one text; a chapter that was cut short says so in a comment.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for chapter in &self.chapters {
            text.push_str(chapter.text.trim_end());
            text.push('\n');
            if let Some(take) = chapter.take {
                text.push_str(&format!("# only the first {take} operations of the lines above were kept\n"));
            }
        }
        text
    }

    /// The line of [`Story::text`] (from 1) on which `chapter` begins.
    pub fn first_line(&self, chapter: usize) -> usize {
        let lines =
            |chapter: &Chapter| chapter.text.trim_end().matches('\n').count() + 1 + usize::from(chapter.take.is_some());
        1 + self.chapters[..chapter].iter().map(lines).sum::<usize>()
    }

    /// See that every chapter can be parsed for every table, each knowing those before it. Gives the programs of the
    /// first chapter, one for each table, and how many operations the last chapter will have, if its text tells.
    ///
    /// # Errors
    /// The first thing that is wrong, its line counted in [`Story::text`].
    pub fn parse(&self) -> Result<(Vec<Program>, Option<u64>), ProgramError> {
        let mut programs: Vec<Program> = Vec::new();
        let mut last = None;
        for spec in &self.tables {
            let Ok(Spec { policy, .. }) = Spec::parse(spec) else { continue };
            let python = policy.python;
            if let Some(known) = programs.iter().find(|program| program.version() == python) {
                programs.push(known.clone());
                continue;
            }
            let Some((first, others)) = self.chapters.split_first() else { continue };
            let program = Program::parse(&first.text, python)?;
            last = program.size_hint();
            if !others.is_empty() {
                let mut script = program.expand();
                for (nth, chapter) in others.iter().enumerate() {
                    script.skip_rest();
                    let place =
                        |error: ProgramError| ProgramError { line: error.line + self.first_line(nth + 1) - 1, ..error };
                    last = script.append(&chapter.text).map_err(place)?;
                }
            }
            programs.push(program);
        }
        Ok((programs, last))
    }

    /// Operations of all chapters that are built.
    pub fn len(&self) -> usize {
        self.chapters.iter().map(|chapter| chapter.ops).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keep the first `len` operations and add `text`, whose operations are not built yet. What failed in a chapter does
    /// not fail again: it is kept as far as it ran.
    pub fn cut_and_add(&mut self, len: usize, text: &str, failed: bool) {
        let mut left = len;
        let mut keep = 0;
        let last = self.chapters.len().saturating_sub(1);
        for (nth, chapter) in self.chapters.iter_mut().enumerate() {
            if left == 0 && chapter.ops > 0 {
                break;
            }
            keep += 1;
            if chapter.ops > left || failed && nth == last {
                chapter.take = Some(chapter.ops.min(left));
                chapter.ops = chapter.ops.min(left);
            }
            left -= chapter.ops.min(left);
        }
        self.chapters.truncate(keep);
        // A chapter of which nothing is left says nothing.
        self.chapters.retain(|chapter| chapter.take != Some(0));
        self.chapters.push(Chapter::new(text));
    }

    /// How much of this story, which is built, `other` begins with: so many whole chapters, and so many operations of the
    /// next one. Nothing if they are told by other tables.
    pub fn shared(&self, other: &Story) -> (usize, usize) {
        if (&self.tables, self.settings) != (&other.tables, other.settings) {
            return (0, 0);
        }
        let whole = |(mine, other): &(&Chapter, &Chapter)| (&mine.text, mine.take) == (&other.text, other.take);
        let whole = self.chapters.iter().zip(&other.chapters).take_while(whole).count();
        let more = match (self.chapters.get(whole), other.chapters.get(whole)) {
            (Some(mine), Some(other)) if mine.text == other.text => mine.ops.min(other.take.unwrap_or(usize::MAX)),
            _ => 0,
        };
        (whole, more)
    }

    /// As the fragment of a link, standing at `place`. A scenario that nothing was added to is named and not spelt out.
    pub fn to_link(&self, place: Place) -> String {
        let mut link = form_urlencoded::Serializer::new(String::new());
        link.append_pair("v", LINK_VERSION);
        let plain = self.scenario.filter(|scenario| match self.chapters.as_slice() {
            [only] => only.take.is_none() && *only.text == *scenario.text,
            _ => false,
        });
        if let Some(scenario) = self.scenario {
            link.append_pair("scenario", scenario.id);
        }
        if plain.is_none_or(|scenario| self.tables != scenario.tables) {
            for table in &self.tables {
                link.append_pair("table", table);
            }
        }
        let defaults = HashSettings::default();
        if self.settings.seed != defaults.seed {
            link.append_pair("seed", &self.settings.seed.to_string());
        }
        if self.settings.none != defaults.none {
            link.append_pair("none", &self.settings.none.to_string());
        }
        if plain.is_none() {
            for chapter in &self.chapters {
                link.append_pair("program", &chapter.text);
                if let Some(take) = chapter.take {
                    link.append_pair("take", &take.to_string());
                }
            }
        }
        format!("{}&{}", link.finish(), place.to_link())
    }

    /// Read the fragment of a link (without `#`).
    ///
    /// # Errors
    /// What is wrong with the link, and what it should hold.
    pub fn from_link(link: &str) -> Result<(Story, Place), String> {
        let mut story =
            Story { tables: Vec::new(), settings: HashSettings::default(), chapters: Vec::new(), scenario: None };
        let mut at = None;
        let mut place = Place::default();
        let number = |name: &str, text: &str| {
            text.parse::<i64>()
                .map_err(|_| format!("this link's {name} is {}; it should be a whole number", quote(text)))
        };
        let count = |name: &str, text: &str| {
            usize::try_from(number(name, text)?).map_err(|_| format!("this link's {name} is negative"))
        };
        // In version 1 some names stood for other tables.
        let first = form_urlencoded::parse(link.as_bytes()).any(|(name, value)| name == "v" && value == "1");
        for (name, value) in form_urlencoded::parse(link.as_bytes()) {
            match &*name {
                "v" if value == "1" || value == LINK_VERSION => {}
                "v" => {
                    return Err(format!("this link is of version {}; this page reads versions 1 and 2", quote(&value)));
                }
                "scenario" => match SCENARIOS.iter().find(|scenario| scenario.id == value) {
                    Some(scenario) => story.scenario = Some(scenario),
                    None => {
                        return Err(format!(
                            "this link names a scenario {} that this page does not have",
                            quote(&value)
                        ));
                    }
                },
                "table" => {
                    let spec = if first { named_in_v1(&value) } else { &value };
                    story.tables.push(Spec::parse(spec)?.to_string());
                }
                "seed" => {
                    story.settings.seed = u32::try_from(number("seed", &value)?)
                        .map_err(|_| format!("this link's seed is {value}; a hash seed is 0 … 4294967295"))?;
                }
                "none" => story.settings.none = number("hash of None", &value)?,
                "program" => story.chapters.push(Chapter::new(&value)),
                "take" => {
                    let take = count("take", &value)?;
                    story.chapters.last_mut().ok_or("this link has a take before any program")?.take = Some(take);
                }
                "at" => at = Some(count("at", &value)?),
                "step" => place.pos.step = count("step", &value)?,
                "focus" => place.focus = count("focus", &value)?,
                "slot" => {
                    place.slot = Some(u32::try_from(count("slot", &value)?).map_err(|_| "no table has such a slot")?);
                }
                "tab" => {
                    let why = "this address leads back only in the tab that it was made in, as its program is too long \
                               for an address; Copy link gives one for elsewhere";
                    return Err(why.to_owned());
                }
                other => return Err(format!("this link has a part {} that this page does not know", quote(other))),
            }
        }
        place.pos.op = at.unwrap_or(0);
        if let Some(scenario) = story.scenario {
            if story.tables.is_empty() {
                story.tables = Story::of(scenario).tables;
            }
            if story.chapters.is_empty() {
                story.chapters = Story::of(scenario).chapters;
                place.pos.op = at.unwrap_or(scenario.start_at);
            }
        }
        if story.tables.is_empty() || story.chapters.is_empty() {
            return Err("this link names no table or no program".to_owned());
        }
        if story.tables.len() > MOST_TABLES {
            return Err(format!("this link names {} tables; at most {MOST_TABLES} fit", story.tables.len()));
        }
        Ok((story, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(text: &str, ops: usize) -> Story {
        let mut story = Story::new(&["cpython-2.7"], text);
        story.chapters[0].ops = ops;
        story
    }

    #[test]
    fn a_link_brings_everything_back() {
        let mut story = built("d[1] = 'ä & b'\nfor i in range(9): d[i] = i", 10);
        story.settings.seed = 7;
        story.tables.extend(["linear:load=0.5,reuse=no", "swiss", "cpython-2.7"].map(str::to_owned));
        story.cut_and_add(4, "del d[1]", false);
        let place = Place { pos: Pos { op: 3, step: 2 }, focus: 1, slot: Some(5) };
        let (back, there) = Story::from_link(&story.to_link(place)).unwrap();
        assert_eq!((back.to_link(there), there), (story.to_link(place), place));
        assert_eq!((back.text(), back.tables, back.settings), (story.text(), story.tables, story.settings));
    }

    #[test]
    fn a_scenario_has_a_short_link_until_something_is_added() {
        for scenario in SCENARIOS {
            let mut story = Story::of(scenario);
            let place = Place { pos: Pos { op: scenario.start_at, step: 0 }, ..Place::default() };
            let link = story.to_link(place);
            assert!(link.len() < 70, "{link}");
            let (back, there) = Story::from_link(&link).unwrap();
            assert_eq!((back.text(), back.tables, there), (story.text(), story.tables.clone(), place));
            assert_eq!(Story::from_link(&format!("v=2&scenario={}", scenario.id)).unwrap().1, place);
            story.chapters[0].ops = 9;
            story.cut_and_add(9, "d[1] = 1", false);
            let (back, _) = Story::from_link(&story.to_link(place)).unwrap();
            assert_eq!((back.text(), back.scenario.map(|s| s.id)), (story.text(), Some(scenario.id)));
        }
    }

    #[test]
    fn a_cut_keeps_what_came_before_and_forgets_the_rest() {
        let mut story = built("d[1] = 1\nd[2] = 2", 2);
        story.cut_and_add(2, "del d[1]", false);
        assert_eq!(story.text(), "d[1] = 1\nd[2] = 2\ndel d[1]\n");
        story.chapters[1].ops = 1;
        story.cut_and_add(1, "d[9] = 9", false);
        assert_eq!(story.chapters[0].take, Some(1));
        assert_eq!(story.chapters[1], Chapter::new("d[9] = 9"));
        story.chapters[1].ops = 1;
        story.cut_and_add(0, "d[5] = 5", false);
        assert_eq!(story.text(), "d[5] = 5\n");
    }

    #[test]
    fn what_makes_no_operation_stays_where_it_was_typed() {
        let mut story = built("d[1] = 1", 1);
        story.cut_and_add(1, "# a remark", false);
        story.cut_and_add(1, "d[2] = 2", false);
        assert_eq!(story.text(), "d[1] = 1\n# a remark\nd[2] = 2\n");
    }

    #[test]
    fn what_failed_is_kept_as_far_as_it_ran() {
        let mut story = built("d[1] = 1\nd[1 // 0]", 1);
        story.cut_and_add(1, "d[2] = 2", true);
        assert_eq!(story.chapters[0].take, Some(1));
        let mut story = built("d[1 // 0]", 0);
        story.cut_and_add(0, "d[2] = 2", true);
        assert_eq!(story.text(), "d[2] = 2\n");
    }

    #[test]
    fn what_two_stories_begin_with_is_not_run_again() {
        let mut story = built("d[1] = 1\nd[2] = 2\nd[3] = 3", 3);
        let whole = story.clone();
        assert_eq!(story.shared(&whole), (1, 0));
        story.cut_and_add(2, "d[9] = 9", false);
        assert_eq!(whole.shared(&story), (0, 2));
        assert_eq!(story.shared(&whole), (0, 2));
        story.chapters[1].ops = 1;
        let mut more = story.clone();
        more.cut_and_add(3, "d[4] = 4", false);
        assert_eq!(story.shared(&more), (2, 0));
        more.tables = vec!["swiss".to_owned()];
        assert_eq!(story.shared(&more), (0, 0));
    }

    #[test]
    fn errors_have_their_line_in_the_whole_text() {
        let mut story = built("d[1] = 1\nd[2] = 2\nd[3] = 3", 3);
        story.cut_and_add(2, "d[4] = 4\nd[", false);
        let error = story.parse().unwrap_err();
        assert_eq!(story.text().lines().nth(error.line - 1), Some("d["));
        assert_eq!(error.line, 6);
    }

    #[test]
    fn a_link_of_version_1_opens_on_the_tables_it_was_made_of() {
        let table = |link: &str| Story::from_link(link).unwrap().0.tables.remove(0);
        assert_eq!(table("v=1&table=cpython-3.13&program=d[1]=1&at=0"), "cpython-3.13.0");
        assert_eq!(table("v=2&table=cpython-3.13&program=d[1]=1&at=0"), "cpython-3.13");
        assert_eq!(table("v=1&table=linear:load=0.5&program=d[1]=1&at=0"), "linear:load=0.5");
    }

    #[test]
    fn broken_links_say_what_is_wrong() {
        for (link, word) in [
            ("", "no table"),
            ("v=3", "version"),
            ("v=2&scenario=nosuch", "nosuch"),
            ("v=2&table=swiss&program=d&slot=-1", "negative"),
            ("v=1&table=nosuch", "nosuch"),
            ("v=1&table=robin-hood:load=1&program=d", "less than 1"),
            ("v=1&table=swiss&table=swiss&table=swiss&table=swiss&table=swiss&program=d", "at most 4"),
            ("v=1&table=cpython-2.7&program=d[1]&at=x", "whole number"),
            ("v=1&table=cpython-2.7&take=3", "before any program"),
            ("v=1&table=cpython-2.7&seed=-1&program=d", "4294967295"),
        ] {
            let error = Story::from_link(link).unwrap_err();
            assert!(error.contains(word), "{link}: {error}");
        }
    }
}
