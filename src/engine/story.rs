//! What is loaded, as text: the whole state of the page but for the cursor fits in a link.

use crate::python::HashSettings;
use crate::table::AnyTable;

/// A piece of program text, and how many of its operations were kept before the reader went back and did something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Program text.
    pub text: String,
    /// Only its first so many operations; `None` for all.
    pub take: Option<usize>,
    /// How many operations of it the timelines hold; 0 until they are built. A link does not carry it.
    pub ops: usize,
}

impl Chapter {
    /// All of `text`, not built yet.
    pub fn new(text: &str) -> Chapter {
        Chapter { text: text.to_owned(), take: None, ops: 0 }
    }
}

/// Which tables run which program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The tables with their settings, as [`AnyTable::parse`] reads them: one to four.
    pub tables: Vec<String>,
    /// What hashes depend on.
    pub settings: HashSettings,
    /// The program.
    pub chapters: Vec<Chapter>,
}

/// The most tables side by side.
pub const MOST_TABLES: usize = 4;

impl Story {
    /// These tables, one program.
    pub fn new(tables: &[&str], text: &str) -> Story {
        let tables = tables.iter().map(|&table| table.to_owned()).collect();
        Story { tables, settings: HashSettings::default(), chapters: vec![Chapter::new(text)] }
    }

    /// The tables, empty; a table that cannot be made is left out.
    pub fn make_tables(&self) -> impl Iterator<Item = AnyTable> {
        self.tables.iter().filter_map(|spec| AnyTable::parse(spec).ok())
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

    /// Keep the first `len` operations and add `text`, whose operations are not built yet.
    pub fn cut_and_add(&mut self, len: usize, text: &str) {
        let mut left = len;
        let mut keep = 0;
        for chapter in &mut self.chapters {
            if left == 0 {
                break;
            }
            keep += 1;
            if chapter.ops > left {
                chapter.take = Some(left);
                chapter.ops = left;
            }
            left -= chapter.ops.min(left);
        }
        self.chapters.truncate(keep);
        // Lines typed one after the other read best as one text.
        match self.chapters.last_mut() {
            Some(last) if last.take.is_none() => last.text = format!("{}\n{text}", last.text.trim_end()),
            _ => self.chapters.push(Chapter::new(text)),
        }
    }

    /// As the fragment of a link, standing before operation `at`.
    pub fn to_link(&self, at: usize) -> String {
        let mut link = form_urlencoded::Serializer::new(String::new());
        link.append_pair("v", "1");
        for table in &self.tables {
            link.append_pair("table", table);
        }
        let defaults = HashSettings::default();
        if self.settings.seed != defaults.seed {
            link.append_pair("seed", &self.settings.seed.to_string());
        }
        if self.settings.none != defaults.none {
            link.append_pair("none", &self.settings.none.to_string());
        }
        for chapter in &self.chapters {
            link.append_pair("program", &chapter.text);
            if let Some(take) = chapter.take {
                link.append_pair("take", &take.to_string());
            }
        }
        link.append_pair("at", &at.to_string());
        link.finish()
    }

    /// Read the fragment of a link (without `#`).
    ///
    /// # Errors
    /// What is wrong with the link, and what it should hold.
    pub fn from_link(link: &str) -> Result<(Story, usize), String> {
        let mut story = Story { tables: Vec::new(), settings: HashSettings::default(), chapters: Vec::new() };
        let mut at = 0;
        let number = |name: &str, text: &str| {
            text.parse::<i64>().map_err(|_| format!("this link's {name} is {text:?}; it should be a whole number"))
        };
        for (name, value) in form_urlencoded::parse(link.as_bytes()) {
            match &*name {
                "v" if value == "1" => {}
                "v" => return Err(format!("this link is of version {value:?}; this page reads version 1")),
                "table" => {
                    AnyTable::parse(&value)?;
                    story.tables.push(value.into_owned());
                }
                "seed" => {
                    story.settings.seed = u32::try_from(number("seed", &value)?)
                        .map_err(|_| format!("this link's seed is {value}; a hash seed is 0 … 4294967295"))?;
                }
                "none" => story.settings.none = number("hash of None", &value)?,
                "program" => story.chapters.push(Chapter::new(&value)),
                "take" => {
                    let take = usize::try_from(number("take", &value)?).map_err(|_| "this link's take is negative")?;
                    story.chapters.last_mut().ok_or("this link has a take before any program")?.take = Some(take);
                }
                "at" => at = usize::try_from(number("at", &value)?).map_err(|_| "this link's at is negative")?,
                other => return Err(format!("this link has a part {other:?} that this page does not know")),
            }
        }
        if story.tables.is_empty() || story.chapters.is_empty() {
            return Err("this link names no table or no program".to_owned());
        }
        if story.tables.len() > MOST_TABLES {
            return Err(format!("this link names {} tables; at most {MOST_TABLES} fit", story.tables.len()));
        }
        Ok((story, at))
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
        story.cut_and_add(4, "del d[1]");
        let (back, at) = Story::from_link(&story.to_link(3)).unwrap();
        story.chapters[0].ops = 0;
        assert_eq!((back, at), (story, 3));
    }

    #[test]
    fn a_cut_keeps_what_came_before_and_forgets_the_rest() {
        let mut story = built("d[1] = 1\nd[2] = 2", 2);
        story.cut_and_add(2, "del d[1]");
        assert_eq!(story.text(), "d[1] = 1\nd[2] = 2\ndel d[1]\n");
        story.chapters[0].ops = 3;
        story.cut_and_add(1, "d[9] = 9");
        assert_eq!(story.chapters[0].take, Some(1));
        assert_eq!(story.chapters[1], Chapter::new("d[9] = 9"));
        story.chapters[1].ops = 1;
        story.cut_and_add(0, "d[5] = 5");
        assert_eq!(story.text(), "d[5] = 5\n");
    }

    #[test]
    fn broken_links_say_what_is_wrong() {
        for (link, word) in [
            ("", "no table"),
            ("v=2", "version"),
            ("v=1&table=nosuch", "nosuch"),
            ("v=1&table=linear:load=1&program=d", "less than 1"),
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
