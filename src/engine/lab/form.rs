//! The settings as the reader has them before them: what was typed stays, and what is wrong is said where it is.

use crate::maintenance::{LabError, Settings, Strategy};
use crate::table::{AnyTable, Table};

/// A field as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// As [`Settings::set`] knows it: `slice`, `table.load`.
    pub name: String,
    /// What it does.
    pub doc: &'static str,
    /// The values it takes, in words.
    pub range: &'static str,
    /// What is in it, right or wrong.
    pub value: String,
    /// What it may be, as values and titles, if that is a list.
    pub choices: Vec<(&'static str, &'static str)>,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// A value that is none: whose, what was typed, and why not.
#[derive(Clone, Debug)]
struct Refused {
    name: String,
    value: String,
    why: String,
}

/// The fields, and the text that says the same.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is in the fields, as far as each is right by itself.
    draft: Settings,
    refused: Vec<Refused>,
    /// What is wrong with the draft as a whole, and the field that is told.
    fault: Option<(String, String)>,
    /// Text that could not be read, and why.
    text: Option<(String, String)>,
}

impl Form {
    /// A form with these settings.
    pub fn new(settings: &Settings) -> Form {
        Form { draft: settings.clone(), refused: Vec::new(), fault: None, text: None }
    }

    /// Put `value` into the field `name`; gives the settings to run, if nothing is wrong with them at first sight.
    pub fn set(&mut self, name: &str, value: &str) -> Option<Settings> {
        self.refused.retain(|refused| refused.name != name);
        (self.fault, self.text) = (None, None);
        let mut draft = self.draft.clone();
        if let Err(why) = draft.set(name, value) {
            self.refused.push(Refused { name: name.to_owned(), value: value.to_owned(), why });
            return None;
        }
        if draft.table.name != self.draft.table.name {
            // Each table has settings of its own.
            draft.given.clear();
            self.refused.retain(|refused| !refused.name.starts_with("table."));
        }
        self.draft = draft;
        match self.draft.check() {
            Ok(()) => self.refused.is_empty().then(|| self.draft.clone()),
            Err(error) => {
                self.refuse(error);
                if let Some((field, _)) = &mut self.fault
                    && name.starts_with(&format!("{field}."))
                {
                    *field = name.to_owned();
                }
                None
            }
        }
    }

    /// Take all of it from `text`; gives the settings to run.
    pub fn read(&mut self, text: &str) -> Option<Settings> {
        match Settings::parse(text) {
            Ok(settings) => {
                *self = Form::new(&settings);
                Some(settings)
            }
            Err(error) => {
                self.text = Some((text.to_owned(), error.to_string()));
                None
            }
        }
    }

    /// The settings cannot work.
    pub fn refuse(&mut self, LabError { field, message, .. }: LabError) {
        self.fault = Some((field.unwrap_or("table").to_owned(), message));
    }

    /// The fields in order, those of the table last.
    pub fn fields(&self) -> Vec<FieldView> {
        let of_all = Settings::FIELDS.iter().map(|field| {
            let choices = match field.name {
                "strategy" => {
                    [("all", "all of them")].into_iter().chain(Strategy::ALL.map(|s| (s.name(), s.name()))).collect()
                }
                "table" => AnyTable::policies().map(|policy| (policy.name, policy.title)).collect(),
                _ => yes_or_no(field.range),
            };
            self.field(field.name.to_owned(), field.doc, field.range, self.draft.get(field.name), choices)
        });
        let mut fields: Vec<_> = of_all.collect();
        if let Some(own) = (self.draft.table.new)().settings() {
            for setting in own.list() {
                let given = self.draft.given.iter().find(|(name, _)| name == setting.name);
                let value = given.map_or_else(|| own.get(setting.name), |(_, value)| value.clone());
                let (name, choices) = (format!("table.{}", setting.name), yes_or_no(setting.range));
                fields.push(self.field(name, setting.doc, setting.range, value, choices));
            }
        }
        fields
    }

    fn field(
        &self,
        name: String,
        doc: &'static str,
        range: &'static str,
        value: String,
        choices: Vec<(&'static str, &'static str)>,
    ) -> FieldView {
        let refused = self.refused.iter().find(|refused| refused.name == name);
        let fault = self.fault.as_ref().filter(|(field, _)| *field == name).map(|(_, why)| why.clone());
        let value = refused.map_or(value, |refused| refused.value.clone());
        FieldView { error: refused.map(|refused| refused.why.clone()).or(fault), name, doc, range, value, choices }
    }

    /// The settings as text, or the text that could not be read.
    pub fn text(&self) -> String {
        self.text.as_ref().map_or_else(|| self.draft.to_text(), |(text, _)| text.clone())
    }

    /// What is wrong with the text.
    pub fn text_error(&self) -> Option<String> {
        self.text.as_ref().map(|(_, why)| why.clone())
    }
}

fn yes_or_no(range: &str) -> Vec<(&'static str, &'static str)> {
    if range == "yes or no" { vec![("yes", "yes"), ("no", "no")] } else { Vec::new() }
}
