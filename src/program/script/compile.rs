//! Tree to instructions: names are looked up, and the dict that is shown is chosen.

use std::collections::HashMap;

use super::Before;
use super::calls::{self, Builtin};
use super::code::{Code, Ins, Names, Routine, Slot};
use super::grammar::Script;
use super::syntax::{
    Arguments, Block, Comparison, Comprehension, Ex, Function, Kind, Made, Piece, Statement, StatementKind, Target,
    TargetKind,
};
use crate::program::lines::Fault;
use crate::program::workload::GENERATORS;
use crate::python::number::BinaryOp;
use crate::python::{Value, Version};
use crate::table::CopyHow;

/// What an import bound a name to: a module, and one of its names.
type Imported = (String, Option<String>);

/// Names and their slots in one function, or in the script itself.
#[derive(Debug, Default)]
struct Scope {
    names: Vec<String>,
    /// Names that a function's `global` says are the script's.
    global: Vec<String>,
    is_function: bool,
}

struct Compiler {
    version: Version,
    /// Where the text that is compiled begins in the whole text.
    base: usize,
    globals: Scope,
    local: Option<Scope>,
    /// Variables of comprehensions and lambdas around this place.
    hidden: Vec<(String, Slot)>,
    imports: HashMap<String, Imported>,
    /// Functions by name: their number among the routines.
    functions: HashMap<String, usize>,
    parameters: Vec<Vec<(String, bool)>>,
    routine: Routine,
    constants: Vec<Value>,
    /// The variable whose dict is shown: of this function (`None`: of the script), this name.
    shown: Option<(Option<String>, String)>,
    /// There is no such variable: every dict that is made is shown.
    shows_all: bool,
    /// Another name for that variable.
    alias: Option<String>,
    function: Option<String>,
    faults: Vec<Fault>,
    stored_shown: usize,
    loops: Vec<Jumps>,
    session: bool,
    reads_dict: bool,
}

/// The jumps out of a loop that wait for its end, and where `continue` goes.
struct Jumps {
    breaks: Vec<usize>,
    head: usize,
    /// A `for` loop, whose iterator a `break` drops.
    iterates: bool,
}

/// Compile a script, or more of one, whose text begins at byte `base`.
///
/// # Errors
/// All places that are refused.
pub(super) fn compile(script: &Script, version: Version, before: Before<'_>, base: usize) -> Result<Code, Vec<Fault>> {
    let mut code = match before {
        Before::Script(code) => code.clone(),
        Before::Nothing | Before::Plain => Code::default(),
    };
    let names = std::mem::take(&mut code.names);
    let mut compiler = Compiler {
        version,
        base,
        globals: Scope { names: names.globals, ..Scope::default() },
        local: None,
        hidden: Vec::new(),
        imports: names.imports,
        functions: names.functions,
        parameters: names.parameters,
        routine: Routine::default(),
        constants: std::mem::take(&mut code.constants),
        shown: names.shown,
        shows_all: false,
        alias: names.alias,
        function: None,
        faults: Vec::new(),
        stored_shown: 0,
        loops: Vec::new(),
        session: script.session,
        reads_dict: false,
    };
    if let Before::Plain = before {
        compiler.shown = Some((None, "d".to_owned()));
        code.given = Some(compiler.globals.slot("d"));
    }
    let chosen = compiler.shown.is_some();
    if !chosen {
        compiler.choose(&script.body);
    }
    compiler.collect(&script.body);
    if !chosen {
        code.given = compiler.give(&script.body);
    }
    let mut routines = std::mem::take(&mut code.routines);
    let main = if routines.is_empty() { Routine::default() } else { std::mem::take(&mut routines[0]) };
    if routines.is_empty() {
        routines.push(Routine::default());
    }
    compiler.define(&script.body, &mut routines);
    compiler.routine = main;
    for statement in &script.body {
        code.statements.push(compiler.routine.code.len());
        compiler.statement(statement, true);
    }
    routines[0] = std::mem::take(&mut compiler.routine);
    if !compiler.faults.is_empty() {
        let mut faults = compiler.faults;
        faults.sort_by_key(|fault| fault.at);
        return Err(faults);
    }
    // What is shown may be a copy of a dict that is not.
    let is_copy = |ins: &Ins| {
        matches!(
            ins,
            Ins::Copy { shown: true, .. }
                | Ins::DictOf { argument: true, shown: true }
                | Ins::Binary { shown: true, .. }
        )
    };
    let copies = routines.iter().flat_map(|routine| &routine.code).any(is_copy);
    Ok(Code {
        routines,
        constants: compiler.constants,
        names: Names {
            globals: compiler.globals.names,
            imports: compiler.imports,
            functions: compiler.functions,
            parameters: compiler.parameters,
            shown: compiler.shown,
            alias: compiler.alias,
        },
        may_adopt: code.may_adopt || compiler.stored_shown > 0 || copies,
        true_division: code.true_division || script.true_division,
        session: script.session,
        reads_dict: code.reads_dict || compiler.reads_dict,
        ..code
    })
}

/// Whether the expression makes a new dict.
fn makes_dict(ex: &Ex) -> bool {
    match &ex.kind {
        Kind::Dict(_) => true,
        Kind::Comprehension(made) => made.made == Made::Dict,
        Kind::IfElse(parts) => makes_dict(&parts.1) || makes_dict(&parts.2),
        Kind::Binary(BinaryOp::Or, pair) => makes_dict(&pair.0) || makes_dict(&pair.1),
        Kind::Call(function, _) => match &function.kind {
            Kind::Name(name) => matches!(name.as_str(), "dict" | "copy" | "deepcopy"),
            Kind::Attribute(of, name) => match (&of.kind, name.as_str()) {
                (Kind::Name(of), "fromkeys") => of == "dict",
                (Kind::Name(of), "deepcopy") => of == "copy",
                (_, "copy") => true,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether it may make one, as `a | b` does of two dicts.
fn may_make_dict(ex: &Ex) -> bool {
    makes_dict(ex) || matches!(ex.kind, Kind::Binary(BinaryOp::Or, _))
}

/// Whether it makes one whatever happens.
fn surely_makes_dict(ex: &Ex) -> bool {
    makes_dict(ex) && !matches!(ex.kind, Kind::IfElse(_))
}

/// Every statement of a block, those within others after them; not those of functions.
fn each<'b>(block: &'b Block, with: &mut dyn FnMut(&'b Statement)) {
    for statement in block {
        with(statement);
        match &statement.kind {
            StatementKind::If(arms, otherwise) => {
                arms.iter().for_each(|(_, block)| each(block, with));
                each(otherwise, with);
            }
            StatementKind::While(_, body, otherwise) | StatementKind::For(_, _, body, otherwise) => {
                each(body, with);
                each(otherwise, with);
            }
            _ => {}
        }
    }
}

/// The names that a target binds.
fn bound<'t>(target: &'t Target, with: &mut dyn FnMut(&'t str)) {
    match &target.kind {
        TargetKind::Name(name) => with(name),
        TargetKind::Tuple(targets) => targets.iter().for_each(|target| bound(target, with)),
        TargetKind::Index(..) => {}
    }
}

/// The names that a block binds, in the order of the text.
fn bindings<'b>(block: &'b Block, with: &mut dyn FnMut(&'b str)) {
    each(block, &mut |statement| match &statement.kind {
        StatementKind::Assign(targets, _) => targets.iter().for_each(|target| bound(target, with)),
        StatementKind::Augmented(target, ..) | StatementKind::For(target, ..) => bound(target, with),
        _ => {}
    });
}

/// The first variable of the block that a new dict is put into.
fn first_dict(block: &Block) -> Option<(usize, String)> {
    let mut found = None;
    each(block, &mut |statement| {
        if let StatementKind::Assign(targets, value) = &statement.kind
            && found.is_none()
        {
            let mut pairs: Vec<(&Target, &Ex)> = targets.iter().map(|target| (target, value)).collect();
            // `a, b = {}, {}`
            if let ([Target { kind: TargetKind::Tuple(names), .. }], Kind::Tuple(values)) = (&targets[..], &value.kind)
            {
                pairs = names.iter().zip(values).collect();
            }
            let target = pairs.into_iter().find_map(|(target, value)| match &target.kind {
                TargetKind::Name(name) if makes_dict(value) => Some(name),
                _ => None,
            });
            found = target.map(|name| (statement.at, name.clone()));
        }
    });
    found
}

impl Compiler {
    /// Choose the variable whose dict is shown: the first that a new dict is put into.
    fn choose(&mut self, body: &Block) {
        let mut first = first_dict(body).map(|(at, name)| (at, None, name));
        each(body, &mut |statement| {
            if let StatementKind::Define(function) = &statement.kind
                && let Some((at, name)) = first_dict(&function.body)
                && first.as_ref().is_none_or(|(other, ..)| at < *other)
            {
                first = Some((at, Some(function.name.clone()), name));
            }
        });
        self.shown = first.map(|(_, function, name)| (function, name));
        self.shows_all = self.shown.is_none();
    }

    /// Give every variable of the script its slot.
    fn collect(&mut self, body: &Block) {
        let mut names: Vec<String> = Vec::new();
        bindings(body, &mut |name| names.push(name.to_owned()));
        each(body, &mut |statement| match &statement.kind {
            StatementKind::Import(imported) => {
                for (name, module, item) in imported {
                    self.imports.insert(name.clone(), (module.clone(), item.clone()));
                }
            }
            StatementKind::Define(function) => each(&function.body, &mut |statement| match &statement.kind {
                StatementKind::Global(global) => names.extend(global.iter().cloned()),
                StatementKind::Import(imported) => {
                    for (name, module, item) in imported {
                        self.imports.insert(name.clone(), (module.clone(), item.clone()));
                    }
                }
                _ => {}
            }),
            _ => {}
        });
        for name in names {
            self.globals.slot(&name);
        }
    }

    /// `d`, where the script does not make it: the dict on show, by whatever name, or the one that there is to begin with.
    fn give(&mut self, body: &Block) -> Option<usize> {
        let mut assigned = None;
        let mut nth = 0;
        bindings(body, &mut |name| {
            if name == "d" && assigned.is_none() {
                assigned = Some(nth);
            }
            nth += 1;
        });
        if self.imports.contains_key("d") {
            return None;
        }
        if assigned.is_some() {
            // Used before it is assigned: as in `d[1] = 2; d = dict(d)`.
            let mut first_use = None;
            each(body, &mut |statement| {
                if first_use.is_some() {
                    return;
                }
                let mut binds = false;
                if let StatementKind::Assign(targets, _) = &statement.kind {
                    targets.iter().for_each(|target| bound(target, &mut |name| binds |= name == "d"));
                }
                let uses = uses_name(statement, "d");
                if uses || binds {
                    first_use = Some(uses);
                }
            });
            if first_use != Some(true) {
                return None;
            }
        } else if let Some((None, name)) = &self.shown {
            self.alias = Some(name.clone());
            return None;
        }
        let mut mentioned = assigned.is_some();
        each(body, &mut |statement| {
            mentioned |= uses_name(statement, "d");
            if let StatementKind::Define(function) = &statement.kind {
                let is_own = function.parameters.iter().any(|(name, _)| name == "d");
                let mut binds = is_own;
                bindings(&function.body, &mut |name| binds |= name == "d");
                each(&function.body, &mut |inner| mentioned |= !binds && uses_name(inner, "d"));
            }
        });
        if !mentioned {
            return None;
        }
        self.shown = Some((None, "d".to_owned()));
        self.shows_all = false;
        Some(self.globals.slot("d"))
    }

    /// Compile the functions.
    fn define(&mut self, body: &Block, routines: &mut Vec<Routine>) {
        let mut functions: Vec<&Function> = Vec::new();
        each(body, &mut |statement| {
            if let StatementKind::Define(function) = &statement.kind {
                functions.push(function);
            }
        });
        if self.parameters.is_empty() {
            self.parameters.push(Vec::new());
        }
        for function in &functions {
            self.functions.insert(function.name.clone(), self.parameters.len());
            let parameters = function.parameters.iter().map(|(name, default)| (name.clone(), default.is_some()));
            self.parameters.push(parameters.collect());
        }
        for function in functions {
            let mut scope = Scope { is_function: true, ..Scope::default() };
            for (name, _) in &function.parameters {
                scope.slot(name);
            }
            each(&function.body, &mut |statement| {
                if let StatementKind::Global(names) = &statement.kind {
                    scope.global.extend(names.iter().cloned());
                }
            });
            let mut names: Vec<&str> = Vec::new();
            bindings(&function.body, &mut |name| names.push(name));
            for name in names {
                if !scope.global.iter().any(|global| global == name) {
                    scope.slot(name);
                }
            }
            self.local = Some(scope);
            self.function = Some(function.name.clone());
            self.routine = Routine::default();
            for statement in &function.body {
                self.statement(statement, false);
            }
            let at = function.body.last().map_or(0, |statement| statement.at);
            self.constant(Value::None, at);
            self.push(Ins::Return, at);
            let mut routine = std::mem::take(&mut self.routine);
            routine.locals = self.local.take().map_or(0, |scope| scope.names.len());
            self.function = None;
            let globals = &mut self.globals;
            routine.defaults = function
                .parameters
                .iter()
                .map(|(name, default)| default.as_ref().map(|_| globals.slot(&format!("{}({name}=)", function.name))))
                .collect();
            routines.push(routine);
        }
    }

    fn push(&mut self, ins: Ins, at: usize) -> usize {
        self.routine.code.push(ins);
        self.routine.places.push(self.base + at);
        self.routine.code.len() - 1
    }

    fn here(&self) -> usize {
        self.routine.code.len()
    }

    /// Let the jump at `from` go to the next instruction.
    fn land(&mut self, from: usize) {
        let here = self.here();
        match &mut self.routine.code[from] {
            Ins::Jump(to)
            | Ins::JumpIfFalse(to)
            | Ins::JumpIfFalseOrPop(to)
            | Ins::JumpIfTrueOrPop(to)
            | Ins::Next(to) => *to = here,
            other => unreachable!("{other:?} is no jump"),
        }
    }

    fn constant(&mut self, value: Value, at: usize) {
        self.constants.push(value);
        self.push(Ins::Const(self.constants.len() - 1), at);
    }

    fn fault(&mut self, at: usize, message: impl Into<String>) {
        self.faults.push(Fault::new(at, message));
    }

    /// The slot of a name that has a value.
    fn slot(&self, name: &str) -> Option<Slot> {
        if let Some((_, slot)) = self.hidden.iter().rev().find(|(hidden, _)| hidden == name) {
            return Some(*slot);
        }
        if let Some(local) = &self.local
            && let Some(slot) = local.names.iter().position(|local| local == name)
        {
            return Some(Slot::Local(slot));
        }
        let name = if name == "d" { self.alias.as_deref().unwrap_or(name) } else { name };
        self.globals.names.iter().position(|global| global == name).map(Slot::Global)
    }

    /// Whether the name holds the dict on show here.
    fn is_shown(&self, name: &str) -> bool {
        let name = if name == "d" { self.alias.as_deref().unwrap_or(name) } else { name };
        let Some((function, shown)) = &self.shown else { return false };
        let is_local = self.local.as_ref().is_some_and(|scope| scope.names.iter().any(|local| local == name));
        shown == name
            && !self.hidden.iter().any(|(hidden, _)| hidden == name)
            && match function {
                Some(function) => self.function.as_ref() == Some(function),
                None => !is_local,
            }
    }

    /// A slot of its own for a variable of a comprehension.
    fn hide(&mut self, name: &str) -> Slot {
        let scope = self.local.as_mut().unwrap_or(&mut self.globals);
        let is_function = scope.is_function;
        scope.names.push(format!("{name} of a comprehension"));
        let slot = scope.names.len() - 1;
        let slot = if is_function { Slot::Local(slot) } else { Slot::Global(slot) };
        self.hidden.push((name.to_owned(), slot));
        slot
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement, false);
        }
    }

    fn statement(&mut self, statement: &Statement, outermost: bool) {
        let at = statement.at;
        match &statement.kind {
            StatementKind::Pass | StatementKind::Global(_) => {}
            StatementKind::Expression(ex) => {
                if let Kind::Const(Value::Str(_) | Value::Bytes(_)) = ex.kind
                    && !(outermost && self.session)
                {
                    return; // A docstring.
                }
                self.expression(ex, false);
                // A call that is made for what it does has nothing to tell when it gives None; Echo knows.
                let echoes = outermost || (self.session && self.local.is_none());
                self.push(if echoes { Ins::Echo } else { Ins::Pop }, at);
            }
            StatementKind::Assign(targets, value) => self.assign(targets, value, at),
            StatementKind::Augmented(target, op, value) => self.augmented(target, *op, value, at),
            StatementKind::Delete(targets) => targets.iter().for_each(|target| self.delete(target)),
            StatementKind::Print(items, comma) => {
                items.iter().for_each(|item| self.expression(item, false));
                self.push(Ins::PrintStatement { items: items.len(), comma: *comma }, at);
            }
            StatementKind::If(arms, otherwise) => {
                let mut ends = Vec::new();
                for (condition, block) in arms {
                    self.expression(condition, false);
                    let skip = self.push(Ins::JumpIfFalse(0), condition.at);
                    self.block(block);
                    ends.push(self.push(Ins::Jump(0), at));
                    self.land(skip);
                }
                self.block(otherwise);
                ends.into_iter().for_each(|end| self.land(end));
            }
            StatementKind::While(condition, body, otherwise) => {
                let head = self.here();
                self.expression(condition, false);
                let exit = self.push(Ins::JumpIfFalse(0), condition.at);
                self.loops.push(Jumps { breaks: Vec::new(), head, iterates: false });
                self.block(body);
                self.push(Ins::Again(head), at);
                self.land(exit);
                self.block(otherwise);
                self.end_loop();
            }
            StatementKind::For(target, source, body, otherwise) => {
                self.expression(source, false);
                self.push(Ins::Iterate, source.at);
                let head = self.push(Ins::Next(0), source.at);
                self.store(target);
                self.loops.push(Jumps { breaks: Vec::new(), head, iterates: true });
                self.block(body);
                self.push(Ins::Again(head), at);
                self.land(head);
                self.block(otherwise);
                self.end_loop();
            }
            StatementKind::Break => {
                if self.loops.last().is_some_and(|jumps| jumps.iterates) {
                    self.push(Ins::DropIterator, at);
                }
                let jump = self.push(Ins::Jump(0), at);
                if let Some(jumps) = self.loops.last_mut() {
                    jumps.breaks.push(jump);
                }
            }
            StatementKind::Continue => {
                let head = self.loops.last().map_or(0, |jumps| jumps.head);
                self.push(Ins::Again(head), at);
            }
            StatementKind::Return(value) => {
                match value {
                    Some(value) => self.expression(value, false),
                    None => self.constant(Value::None, at),
                }
                self.push(Ins::Return, at);
            }
            StatementKind::Define(function) => {
                for (name, default) in &function.parameters {
                    if let Some(default) = default {
                        self.expression(default, false);
                        let slot = self.globals.slot(&format!("{}({name}=)", function.name));
                        self.push(Ins::Store(Slot::Global(slot)), default.at);
                    }
                }
            }
            StatementKind::Assert(condition, message) => {
                self.expression(condition, false);
                self.push(Ins::Not, at);
                let holds = self.push(Ins::JumpIfFalse(0), at);
                if let Some(message) = message {
                    self.expression(message, false);
                }
                self.push(Ins::Failed(message.is_some()), at);
                self.land(holds);
            }
            StatementKind::Import(_) => {}
            StatementKind::Generate(number, dict, args) => {
                self.reads_dict |= GENERATORS[*number].reads_dict();
                self.expression(dict, false);
                for arg in args.iter().flatten() {
                    self.expression(arg, false);
                }
                let given = args.iter().map(Option::is_some).collect();
                self.push(Ins::Generate { generator: *number, given }, at);
            }
        }
    }

    fn end_loop(&mut self) {
        let jumps = self.loops.pop().map_or_else(Vec::new, |jumps| jumps.breaks);
        jumps.into_iter().for_each(|jump| self.land(jump));
    }

    fn assign(&mut self, targets: &[Target], value: &Ex, at: usize) {
        // `a, b = {}, {}`: each has its dict.
        if let ([Target { kind: TargetKind::Tuple(names), .. }], Kind::Tuple(values)) = (targets, &value.kind)
            && names.len() == values.len()
        {
            for (name, value) in names.iter().zip(values) {
                self.expression(value, self.target_is_shown(name) && may_make_dict(value));
            }
            for (name, value) in names.iter().zip(values).rev() {
                self.store_made(name, surely_makes_dict(value));
            }
            return;
        }
        let shown = targets.iter().any(|target| self.target_is_shown(target)) && may_make_dict(value);
        self.expression(value, shown);
        for target in &targets[1..] {
            self.push(Ins::Dup, at);
            self.store_made(target, surely_makes_dict(value));
        }
        self.store_made(&targets[0], surely_makes_dict(value));
    }

    /// [`Compiler::store`] of a dict that was shown when it was made, if `made`.
    fn store_made(&mut self, target: &Target, made: bool) {
        if let (TargetKind::Name(name), true) = (&target.kind, made)
            && self.is_shown(name)
            && let Some(slot) = self.slot(name)
        {
            self.push(Ins::Store(slot), target.at);
        } else {
            self.store(target);
        }
    }

    fn target_is_shown(&self, target: &Target) -> bool {
        matches!(&target.kind, TargetKind::Name(name) if self.is_shown(name))
    }

    /// Put the value on the stack where the target says.
    fn store(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::Name(name) => {
                if self.functions.contains_key(name) && self.slot(name).is_some() && self.local.is_none() {
                    self.fault(target.at, format!("'{name}' is the name of a function here: choose another name"));
                }
                let shown = self.is_shown(name);
                let slot = self.slot(name).unwrap_or_else(|| Slot::Global(self.globals.slot(name)));
                self.stored_shown += usize::from(shown);
                self.push(if shown { Ins::StoreShown(slot) } else { Ins::Store(slot) }, target.at);
            }
            TargetKind::Tuple(targets) => {
                self.push(Ins::Unpack(targets.len()), target.at);
                targets.iter().for_each(|target| self.store(target));
            }
            TargetKind::Index(of, key) => {
                self.expression(of, false);
                self.expression(key, false);
                self.push(Ins::SetIndex, key.at);
            }
        }
    }

    fn augmented(&mut self, target: &Target, op: BinaryOp, value: &Ex, at: usize) {
        match &target.kind {
            TargetKind::Name(name) => {
                self.name(name, target.at);
                // `d |= {k: v}` is one operation.
                if let (BinaryOp::Or, Kind::Dict(pairs)) = (op, &value.kind)
                    && let Some(pairs) = plain_pairs(pairs)
                {
                    self.items(&pairs);
                    self.push(Ins::UpdateDisplay { pairs: pairs.len(), operator: true }, at);
                } else {
                    self.expression(value, false);
                    self.push(Ins::InPlace(op), at);
                    if op == BinaryOp::Or {
                        self.push(Ins::Fill, value.at);
                    }
                }
                self.store(target);
            }
            TargetKind::Index(of, key) => {
                self.expression(of, false);
                self.expression(key, false);
                self.push(Ins::DupTwo, at);
                self.push(Ins::Index, key.at);
                self.expression(value, false);
                self.push(Ins::InPlace(op), at);
                if op == BinaryOp::Or {
                    self.push(Ins::Fill, value.at);
                }
                self.push(Ins::SetIndexBelow, key.at);
            }
            TargetKind::Tuple(_) => unreachable!("the grammar refuses a tuple here"),
        }
    }

    fn delete(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::Name(name) => match self.slot(name) {
                Some(slot) => {
                    self.push(Ins::Forget(slot), target.at);
                }
                None => self.undefined(name, target.at, false),
            },
            TargetKind::Tuple(targets) => targets.iter().for_each(|target| self.delete(target)),
            TargetKind::Index(of, key) => {
                self.expression(of, false);
                self.expression(key, false);
                self.push(Ins::DelIndex, key.at);
            }
        }
    }

    /// Push the value of a name.
    fn name(&mut self, name: &str, at: usize) {
        if let Some(slot) = self.slot(name) {
            self.push(Ins::Load(slot), at);
            return;
        }
        match name {
            "__name__" => {
                let text = "__main__";
                let value = match self.version.is_py2() {
                    true => Value::Bytes(text.as_bytes().into()),
                    false => Value::Str(text.chars().map(u32::from).collect()),
                };
                self.constant(value, at);
            }
            _ if self.functions.contains_key(name) => {
                self.fault(at, format!("a function is only called here: write {name}(…)"));
            }
            _ => match self.imported(name, at) {
                Some(Some(what)) => self.known(what, at),
                Some(None) => {}
                None => {
                    if Builtin::named(name, self.version).is_some() {
                        self.fault(at, format!("a function is only called here: write {name}(…)"));
                    } else {
                        self.undefined(name, at, false);
                    }
                }
            },
        }
    }

    /// What an imported name stands for, `Some(None)` if it was refused.
    fn imported(&mut self, name: &str, at: usize) -> Option<Option<calls::Known>> {
        let (module, item) = self.imports.get(name)?.clone();
        let Some(item) = item else {
            self.fault(at, format!("a module is no value here: write what you use of it, as in {module}.name"));
            return Some(None);
        };
        Some(self.member(&module, &item, at))
    }

    /// What a name of a module stands for; refused if it is not known.
    fn member(&mut self, module: &str, item: &str, at: usize) -> Option<calls::Known> {
        let known = calls::member(module, item, self.version);
        if known.is_none() {
            self.fault(at, calls::not_known(module, item));
        }
        known
    }

    fn known(&mut self, known: calls::Known, at: usize) {
        match known {
            calls::Known::Value(value) => self.constant(value, at),
            calls::Known::Function(_) => {
                self.fault(at, "a function is only called here: write its arguments in brackets")
            }
        }
    }

    fn undefined(&mut self, name: &str, at: usize, called: bool) {
        let message = if let Some(help) = calls::refused(name, self.version) {
            help
        } else if called {
            let names: Vec<_> = GENERATORS.iter().map(|generator| generator.name).collect();
            format!(
                "NameError: name '{name}' is not defined; the functions that make operations are {}",
                names.join(", ")
            )
        } else if calls::MODULES.contains(&name) {
            format!("NameError: name '{name}' is not defined: write import {name} before")
        } else {
            format!(
                "NameError: name '{name}' is not defined: a string needs quotes, '{name}', and a dict is made by {name} = {{}}"
            )
        };
        self.fault(at, message);
    }

    fn expression(&mut self, ex: &Ex, shown: bool) {
        let shown = shown || (self.shows_all && makes_dict(ex));
        let at = ex.at;
        match &ex.kind {
            Kind::Const(value) => self.constant(value.clone(), at),
            Kind::Pure(expr, names) => {
                let mut slots = Vec::new();
                for name in names {
                    match self.slot(name) {
                        Some(slot) => slots.push(slot),
                        None => self.undefined(name, at, false),
                    }
                }
                self.push(Ins::Pure(Box::new(expr.clone()), slots.into()), at);
            }
            Kind::Name(name) => self.name(name, at),
            Kind::Tuple(items) => {
                items.iter().for_each(|item| self.expression(item, false));
                self.push(Ins::Tuple(items.len()), at);
            }
            Kind::List(items) => {
                items.iter().for_each(|item| self.expression(item, false));
                self.push(Ins::List(items.len()), at);
            }
            Kind::Set(items) => {
                items.iter().for_each(|item| self.expression(item, false));
                self.push(Ins::Set(items.len()), at);
            }
            Kind::Dict(pairs) => self.display(pairs, at, shown),
            Kind::Comprehension(made) => self.comprehension(made, at, shown),
            Kind::Unary(op, x) => {
                self.expression(x, false);
                self.push(Ins::Unary(*op), at);
            }
            Kind::Not(x) => {
                self.expression(x, false);
                self.push(Ins::Not, at);
            }
            Kind::Binary(op, pair) => {
                self.expression(&pair.0, false);
                self.expression(&pair.1, false);
                self.push(Ins::Binary { op: *op, shown }, at);
            }
            Kind::Compare(first, rest) => self.compare(first, rest, at),
            Kind::And(pair) | Kind::Or(pair) => {
                self.expression(&pair.0, false);
                let is_and = matches!(ex.kind, Kind::And(_));
                let jump = if is_and { Ins::JumpIfFalseOrPop(0) } else { Ins::JumpIfTrueOrPop(0) };
                let jump = self.push(jump, at);
                self.expression(&pair.1, false);
                self.land(jump);
            }
            Kind::IfElse(parts) => {
                self.expression(&parts.0, false);
                let skip = self.push(Ins::JumpIfFalse(0), at);
                self.expression(&parts.1, shown && makes_dict(&parts.1));
                let end = self.push(Ins::Jump(0), at);
                self.land(skip);
                self.expression(&parts.2, shown && makes_dict(&parts.2));
                self.land(end);
            }
            Kind::Attribute(of, name) => self.attribute(of, name, at),
            Kind::Index(pair) => {
                self.expression(&pair.0, false);
                self.expression(&pair.1, false);
                self.push(Ins::Index, pair.1.at);
            }
            Kind::Slice(of, parts) => {
                self.expression(of, false);
                for part in parts.iter() {
                    match part {
                        Some(part) => self.expression(part, false),
                        None => self.constant(Value::None, at),
                    }
                }
                self.push(Ins::Slice, at);
            }
            Kind::Call(function, arguments) => self.call(function, arguments, at, shown),
            Kind::Formatted(pieces) => self.formatted(pieces, at),
            Kind::Lambda(..) => {
                self.fault(at, "a lambda is only a key here: sorted(x, key=lambda k: …); write def f(x): for others");
            }
        }
    }

    fn attribute(&mut self, of: &Ex, name: &str, at: usize) {
        if let Kind::Name(module) = &of.kind
            && self.slot(module).is_none()
            && let Some((module, None)) = self.imports.get(module).cloned()
        {
            if let Some(known) = self.member(&module, name, at) {
                self.known(known, at);
            }
            return;
        }
        self.fault(at, format!("attributes need Python itself, and a method is called: write .{name}(…)"));
    }

    fn display(&mut self, pairs: &[(Option<Ex>, Ex)], at: usize, shown: bool) {
        if let Some(plain) = plain_pairs(pairs) {
            self.items(&plain);
            self.push(Ins::Display { pairs: plain.len(), shown }, at);
            return;
        }
        // Alone it is an operation of its own.
        if let [(None, mapping)] = pairs {
            self.expression(mapping, false);
            self.push(Ins::Copy { how: CopyHow::Unpack, shown }, at);
            return;
        }
        // `compiler_dict`: pairs between mappings are displays of their own, merged in order; from 3.9 on the first of
        // them is what the others are merged into.
        let starts_with_pairs = pairs[0].0.is_some() && self.version >= Version::V3_9;
        if !starts_with_pairs {
            self.push(Ins::NewDict { shown }, at);
        }
        let mut nth = 0;
        while nth < pairs.len() {
            if pairs[nth].0.is_none() {
                self.expression(&pairs[nth].1, false);
                self.push(Ins::Unpacked, pairs[nth].1.at);
                nth += 1;
                continue;
            }
            let end = pairs[nth..].iter().position(|(key, _)| key.is_none()).map_or(pairs.len(), |len| nth + len);
            let group = plain_pairs(&pairs[nth..end]).unwrap_or_default();
            self.items(&group);
            let is_base = starts_with_pairs && nth == 0;
            self.push(Ins::Display { pairs: group.len(), shown: shown && is_base }, at);
            if !is_base {
                self.push(Ins::Unpacked, at);
            }
            nth = end;
        }
    }

    fn items(&mut self, pairs: &[(&Ex, &Ex)]) {
        for (key, value) in pairs {
            // 2.7 and 3.6, 3.7 evaluate a display's pair as `STORE_MAP` and `BUILD_MAP` have it: 2.7 the value first.
            if self.version.is_py2() {
                self.expression(value, false);
                self.expression(key, false);
            } else {
                self.expression(key, false);
                self.expression(value, false);
            }
        }
    }

    fn comprehension(&mut self, made: &Comprehension, at: usize, shown: bool) {
        // A copy of the dict on show is one operation.
        if let (Made::Dict, Some(of)) = (made.made, copied(made))
            && shown
            && self.is_shown(of)
        {
            self.name(of, at);
            self.push(Ins::Copy { how: CopyHow::Comprehension, shown }, at);
            return;
        }
        let hidden = self.hidden.len();
        let first = &made.loops[0];
        // The first source is evaluated outside.
        self.expression(&first.source, false);
        self.push(Ins::Iterate, first.source.at);
        match made.made {
            Made::List | Made::Items => self.push(Ins::List(0), at),
            Made::Set => self.push(Ins::Set(0), at),
            Made::Dict => self.push(Ins::NewDict { shown }, at),
        };
        let mut heads: Vec<usize> = Vec::new();
        for (nth, one) in made.loops.iter().enumerate() {
            if nth > 0 {
                self.expression(&one.source, false);
                self.push(Ins::Iterate, one.source.at);
            }
            let head = self.push(Ins::Next(0), one.source.at);
            bound(&one.target, &mut |name| {
                self.hide(name);
            });
            self.store_hidden(&one.target);
            for condition in &one.conditions {
                self.expression(condition, false);
                self.push(Ins::Not, condition.at);
                let go_on = self.push(Ins::JumpIfFalse(0), condition.at);
                self.push(Ins::Again(head), condition.at);
                self.land(go_on);
            }
            heads.push(head);
        }
        match made.made {
            Made::List | Made::Items => {
                self.expression(&made.item, false);
                self.push(Ins::Append, made.item.at);
            }
            Made::Set => {
                self.expression(&made.item, false);
                self.push(Ins::Add, made.item.at);
            }
            Made::Dict => {
                if let Some(value) = &made.value {
                    // From 3.8 on the key is evaluated first (PEP 572).
                    if self.version >= Version::V3_8 {
                        self.expression(&made.item, false);
                        self.expression(value, false);
                    } else {
                        self.expression(value, false);
                        self.expression(&made.item, false);
                    }
                }
                self.push(Ins::Insert, made.item.at);
            }
        }
        for head in heads.into_iter().rev() {
            self.push(Ins::Again(head), at);
            self.land(head);
        }
        self.hidden.truncate(hidden);
    }

    fn store_hidden(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::Name(name) => {
                let slot = self.hidden.iter().rev().find(|(hidden, _)| hidden == name).map(|(_, slot)| *slot);
                if let Some(slot) = slot {
                    self.push(Ins::Store(slot), target.at);
                }
            }
            TargetKind::Tuple(targets) => {
                self.push(Ins::Unpack(targets.len()), target.at);
                targets.iter().for_each(|target| self.store_hidden(target));
            }
            TargetKind::Index(..) => self.fault(target.at, "a comprehension's variable is a name: for k, v in …"),
        }
    }

    /// `a < b < c`: each is evaluated once.
    fn compare(&mut self, first: &Ex, rest: &[(Comparison, Ex)], at: usize) {
        self.expression(first, false);
        let mut ends = Vec::new();
        let hidden = self.hidden.len();
        for (nth, (comparison, right)) in rest.iter().enumerate() {
            self.expression(right, false);
            if nth + 1 < rest.len() {
                let kept = self.hide("between");
                self.push(Ins::Dup, at);
                self.push(Ins::Store(kept), at);
                self.push(Ins::Compare(*comparison), right.at);
                ends.push(self.push(Ins::JumpIfFalseOrPop(0), at));
                self.push(Ins::Load(kept), at);
            } else {
                self.push(Ins::Compare(*comparison), right.at);
            }
        }
        ends.into_iter().for_each(|end| self.land(end));
        self.hidden.truncate(hidden);
    }

    fn formatted(&mut self, pieces: &[Piece], at: usize) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.push(Ins::Text(text.clone().into()), at);
                }
                Piece::Value(value, conversion, format) => {
                    self.expression(value, false);
                    if !format.is_empty() {
                        self.formatted(format, value.at);
                    }
                    self.push(Ins::Format { conversion: *conversion, format: !format.is_empty() }, value.at);
                }
            }
        }
        self.push(Ins::Join(pieces.len()), at);
    }

    fn call(&mut self, function: &Ex, arguments: &Arguments, at: usize, shown: bool) {
        match &function.kind {
            Kind::Name(name) if self.slot(name).is_none() => {
                if let Some(&routine) = self.functions.get(name) {
                    return self.call_routine(routine, name, arguments, at);
                }
                if self.imports.contains_key(name) {
                    if let Some(Some(calls::Known::Function(builtin))) = self.imported(name, at) {
                        self.call_builtin(builtin, arguments, at, shown);
                    }
                    return;
                }
                match Builtin::named(name, self.version) {
                    Some(builtin) => self.call_builtin(builtin, arguments, at, shown),
                    None => self.undefined(name, at, true),
                }
            }
            Kind::Attribute(of, method) => {
                if let Kind::Name(module) = &of.kind
                    && self.slot(module).is_none()
                {
                    if let Some((module, item)) = self.imports.get(module).cloned() {
                        let known = match item {
                            None => self.member(&module, method, at),
                            Some(item) => {
                                self.fault(at, calls::not_known(&item, method));
                                None
                            }
                        };
                        match known {
                            Some(calls::Known::Function(builtin)) => self.call_builtin(builtin, arguments, at, shown),
                            Some(calls::Known::Value(_)) => {
                                self.fault(at, format!("TypeError: {module}.{method} is not callable"));
                            }
                            None => {}
                        }
                        return;
                    }
                    if module == "dict" && method == "fromkeys" {
                        return self.fromkeys(arguments, at, shown);
                    }
                }
                self.call_method(of, method, arguments, at, shown);
            }
            _ => self.fault(at, "only functions by their name, and methods, are called here"),
        }
    }

    /// Refuse `**mapping` where it is not known.
    fn no_mapping(&mut self, arguments: &Arguments, at: usize) {
        if arguments.mapping.is_some() {
            self.fault(at, "**arguments are only known of dict(…) here: write them one by one");
        }
    }

    fn plain_and_named(&mut self, arguments: &Arguments) -> Box<[String]> {
        arguments.plain.iter().for_each(|arg| self.expression(arg, false));
        arguments.named.iter().for_each(|(_, arg)| self.expression(arg, false));
        arguments.named.iter().map(|(name, _)| name.clone()).collect()
    }

    fn call_routine(&mut self, routine: usize, name: &str, arguments: &Arguments, at: usize) {
        self.no_mapping(arguments, at);
        let parameters = self.parameters[routine].clone();
        if arguments.plain.len() > parameters.len() {
            let (takes, given) = (parameters.len(), arguments.plain.len());
            return self
                .fault(at, format!("TypeError: {name}() takes {takes} positional arguments but {given} were given"));
        }
        for (other, arg) in &arguments.named {
            match parameters.iter().position(|(parameter, _)| parameter == other) {
                None => {
                    self.fault(arg.at, format!("TypeError: {name}() got an unexpected keyword argument '{other}'"));
                }
                Some(at) if at < arguments.plain.len() => {
                    self.fault(arg.at, format!("TypeError: {name}() got multiple values for argument '{other}'"));
                }
                Some(_) => {}
            }
        }
        for (nth, (parameter, has_default)) in parameters.iter().enumerate() {
            let arg = arguments.plain.get(nth);
            let arg = arg.or_else(|| arguments.named.iter().find(|(other, _)| other == parameter).map(|(_, arg)| arg));
            match arg {
                Some(arg) => self.expression(arg, false),
                None if *has_default => {
                    let slot = self.globals.slot(&format!("{name}({parameter}=)"));
                    self.push(Ins::Load(Slot::Global(slot)), at);
                }
                None => {
                    self.fault(
                        at,
                        format!("TypeError: {name}() missing 1 required positional argument: '{parameter}'"),
                    );
                }
            }
        }
        self.push(Ins::Call { routine, arguments: parameters.len() }, at);
    }

    fn call_builtin(&mut self, builtin: Builtin, arguments: &Arguments, at: usize, shown: bool) {
        if let (Builtin::Map, [function, items], []) = (builtin, &arguments.plain[..], &arguments.named[..]) {
            return self.map(function, items, at);
        }
        match builtin {
            Builtin::Dict => return self.dict(arguments, at, shown),
            Builtin::Copy | Builtin::DeepCopy if arguments.plain.len() == 1 => {
                self.expression(&arguments.plain[0], false);
                if builtin == Builtin::Copy {
                    self.push(Ins::Copy { how: CopyHow::Copy, shown }, at);
                    return;
                }
                // `_deepcopy_dict`: an empty dict, and the items one after the other.
                self.push(Ins::Builtin { function: Builtin::DeepCopy, arguments: 1, names: Box::default() }, at);
                self.push(Ins::NewDict { shown }, at);
                self.push(Ins::Fill, at);
                return;
            }
            Builtin::Choice => {
                if let [keys] = &arguments.plain[..]
                    && let Some(dict) = self.all_keys(keys)
                {
                    self.expression(dict, false);
                    self.push(
                        Ins::Builtin { function: Builtin::ChoiceOfKeys, arguments: 1, names: Box::default() },
                        at,
                    );
                    return;
                }
            }
            Builtin::Print => {
                self.no_mapping(arguments, at);
                let names = self.plain_and_named(arguments);
                self.push(Ins::Print { arguments: arguments.plain.len(), names }, at);
                return;
            }
            Builtin::Sorted | Builtin::Min | Builtin::Max if arguments.named.iter().any(|(name, _)| name == "key") => {
                return self.by_key(builtin, arguments, at);
            }
            _ => {}
        }
        self.no_mapping(arguments, at);
        let names = self.plain_and_named(arguments);
        let arguments = arguments.plain.len();
        self.push(Ins::Builtin { function: builtin, arguments, names }, at);
    }

    /// The dict, if the expression is a list of its keys: `list(d)`, `list(d.keys())`, in 2.7 `d.keys()`.
    fn all_keys<'e>(&self, ex: &'e Ex) -> Option<&'e Ex> {
        let Kind::Call(function, arguments) = &ex.kind else { return None };
        if !arguments.named.is_empty() {
            return None;
        }
        match (&function.kind, &arguments.plain[..]) {
            (Kind::Name(name), [inner]) if name == "list" && self.slot(name).is_none() => match &inner.kind {
                Kind::Name(_) => Some(inner),
                Kind::Call(function, arguments) if arguments.plain.is_empty() => match &function.kind {
                    Kind::Attribute(of, method) if method == "keys" => Some(of),
                    _ => None,
                },
                _ => None,
            },
            (Kind::Attribute(of, method), []) if method == "keys" && self.version.is_py2() => Some(of),
            _ => None,
        }
    }

    /// `map(f, items)`: the list that the comprehension would be.
    fn map(&mut self, function: &Ex, items: &Ex, at: usize) {
        let hidden = self.hidden.len();
        self.expression(items, false);
        self.push(Ins::Iterate, items.at);
        self.push(Ins::List(0), at);
        let head = self.push(Ins::Next(0), items.at);
        let item = self.hide("item");
        self.push(Ins::Store(item), at);
        self.apply(function, item);
        self.push(Ins::Append, at);
        self.push(Ins::Again(head), at);
        self.land(head);
        self.hidden.truncate(hidden);
    }

    /// Call a function on the variable `item`, which is hidden under that name.
    fn apply(&mut self, function: &Ex, item: Slot) {
        let at = function.at;
        match &function.kind {
            Kind::Lambda(names, body) => match &names[..] {
                [name] => {
                    self.hidden.push((name.clone(), item));
                    self.expression(body, false);
                    self.hidden.pop();
                }
                _ => self.fault(at, "TypeError: a function of one argument is needed here"),
            },
            Kind::Const(Value::None) => {
                self.push(Ins::Load(item), at);
            }
            _ => {
                let value = Ex { at, kind: Kind::Name("item".to_owned()) };
                let arguments = Arguments { plain: vec![value], ..Arguments::default() };
                self.call(function, &arguments, at, false);
            }
        }
    }

    /// `dict(…)`
    fn dict(&mut self, arguments: &Arguments, at: usize, shown: bool) {
        if arguments.plain.len() > 1 {
            let given = arguments.plain.len();
            return self.fault(at, format!("TypeError: dict expected at most 1 argument, got {given}"));
        }
        if arguments.mapping.is_some() && !arguments.named.is_empty() {
            return self.fault(at, "names and **mapping together are not known here: write d.update(…) after it");
        }
        let names: Box<[String]> = arguments.named.iter().map(|(name, _)| name.clone()).collect();
        let mapping = arguments.mapping.is_some();
        arguments.named.iter().for_each(|(_, arg)| self.expression(arg, false));
        if let Some(mapping) = &arguments.mapping {
            self.expression(mapping, false);
        }
        let argument = arguments.plain.first();
        if let Some(argument) = argument {
            self.expression(argument, false);
        }
        let above = names.len() + usize::from(mapping);
        self.push(Ins::DictOf { argument: argument.is_some(), shown }, at);
        self.push(Ins::Fill, at);
        if above > 0 {
            self.push(Ins::Named { names, mapping, constructor: true }, at);
        }
    }

    fn fromkeys(&mut self, arguments: &Arguments, at: usize, shown: bool) {
        self.no_mapping(arguments, at);
        if !arguments.named.is_empty() || !(1..=2).contains(&arguments.plain.len()) {
            return self.fault(at, "TypeError: write dict.fromkeys(keys) or dict.fromkeys(keys, value)");
        }
        arguments.plain.iter().for_each(|arg| self.expression(arg, false));
        self.push(Ins::FromKeys { value: arguments.plain.len() == 2, shown }, at);
    }

    fn call_method(&mut self, of: &Ex, method: &str, arguments: &Arguments, at: usize, shown: bool) {
        self.expression(of, false);
        if method == "update" {
            if let ([Ex { kind: Kind::Dict(pairs), .. }], []) = (&arguments.plain[..], &arguments.named[..])
                && let Some(pairs) = plain_pairs(pairs)
                && arguments.mapping.is_none()
            {
                self.items(&pairs);
                self.push(Ins::UpdateDisplay { pairs: pairs.len(), operator: false }, at);
                self.push(Ins::Pop, at);
                return self.constant(Value::None, at);
            }
            self.no_mapping(arguments, at);
            if arguments.plain.len() > 1 {
                let given = arguments.plain.len();
                return self.fault(at, format!("TypeError: update expected at most 1 argument, got {given}"));
            }
            let names = self.plain_and_named(arguments);
            let argument = !arguments.plain.is_empty();
            self.push(Ins::UpdateOf { argument, names: names.len() }, at);
            self.push(Ins::Fill, at);
            if !names.is_empty() {
                self.push(Ins::Named { names, mapping: false, constructor: false }, at);
            }
            self.push(Ins::Pop, at);
            return self.constant(Value::None, at);
        }
        if method == "sort" && arguments.named.iter().any(|(name, _)| name == "key") {
            return self.fault(at, "a list is sorted by a key as x = sorted(x, key=…) here");
        }
        if method == "copy" && arguments.plain.is_empty() {
            self.push(Ins::Copy { how: CopyHow::Copy, shown }, at);
            return;
        }
        self.no_mapping(arguments, at);
        let names = self.plain_and_named(arguments);
        self.push(Ins::Method { name: method.into(), arguments: arguments.plain.len(), names }, at);
    }

    /// `sorted(x, key=…)`, `max(x, key=…)`: the items, then a list of their keys, made as a comprehension would be.
    fn by_key(&mut self, builtin: Builtin, arguments: &Arguments, at: usize) {
        let Some((_, key)) = arguments.named.iter().find(|(name, _)| name == "key") else { return };
        let reverse = arguments.named.iter().find(|(name, _)| name == "reverse");
        let reversed = match reverse.map(|(_, value)| &value.kind) {
            None | Some(Kind::Const(Value::Bool(false))) => false,
            Some(Kind::Const(Value::Bool(true))) => true,
            Some(_) => return self.fault(at, "reverse is True or False here"),
        };
        let known = arguments.named.iter().all(|(name, _)| name == "key" || name == "reverse");
        let [items] = &arguments.plain[..] else {
            return self.fault(at, "with a key there is one argument here: max([a, b], key=f)");
        };
        if !known || (builtin != Builtin::Sorted && reverse.is_some()) {
            return self.fault(at, "TypeError: only key and reverse are known here");
        }
        let hidden = self.hidden.len();
        let kept = self.hide("items");
        let item = self.hide("item");
        self.expression(items, false);
        self.push(Ins::Builtin { function: Builtin::List, arguments: 1, names: Box::default() }, at);
        self.push(Ins::Dup, at);
        self.push(Ins::Store(kept), at);
        self.push(Ins::Load(kept), at);
        self.push(Ins::Iterate, at);
        self.push(Ins::List(0), at);
        let head = self.push(Ins::Next(0), at);
        self.push(Ins::Store(item), at);
        self.apply(key, item);
        self.push(Ins::Append, at);
        self.push(Ins::Again(head), at);
        self.land(head);
        let reverse = if builtin == Builtin::Sorted { reversed } else { builtin == Builtin::Max };
        self.push(Ins::SortBy { reverse, take: builtin != Builtin::Sorted }, at);
        self.hidden.truncate(hidden);
    }
}

impl Scope {
    fn slot(&mut self, name: &str) -> usize {
        match self.names.iter().position(|other| other == name) {
            Some(slot) => slot,
            None => {
                self.names.push(name.to_owned());
                self.names.len() - 1
            }
        }
    }
}

/// The pairs of a display that has no `**` in it.
fn plain_pairs(pairs: &[(Option<Ex>, Ex)]) -> Option<Vec<(&Ex, &Ex)>> {
    pairs.iter().map(|(key, value)| key.as_ref().map(|key| (key, value))).collect()
}

/// The name of the dict that `{k: v for k, v in d.items()}` copies.
fn copied(made: &Comprehension) -> Option<&str> {
    let [one] = &made.loops[..] else { return None };
    let (Kind::Name(key), Some(Ex { kind: Kind::Name(value), .. })) = (&made.item.kind, &made.value) else {
        return None;
    };
    let TargetKind::Tuple(targets) = &one.target.kind else { return None };
    let [Target { kind: TargetKind::Name(a), .. }, Target { kind: TargetKind::Name(b), .. }] = &targets[..] else {
        return None;
    };
    let Kind::Call(function, arguments) = &one.source.kind else { return None };
    let Kind::Attribute(of, method) = &function.kind else { return None };
    let Kind::Name(of) = &of.kind else { return None };
    let plain = arguments.plain.is_empty() && arguments.named.is_empty() && one.conditions.is_empty();
    (plain && a == key && b == value && a != b && matches!(method.as_str(), "items" | "iteritems")).then_some(of)
}

/// Whether the statement itself, not those within it, uses the value of a name.
fn uses_name(statement: &Statement, name: &str) -> bool {
    let in_target = |target: &Target| {
        let mut found = false;
        target_uses(target, name, &mut found);
        found
    };
    match &statement.kind {
        StatementKind::Pass
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Global(_)
        | StatementKind::Import(_)
        | StatementKind::Return(None) => false,
        StatementKind::Expression(ex) | StatementKind::Return(Some(ex)) => uses(ex, name),
        StatementKind::Assign(targets, value) => uses(value, name) || targets.iter().any(in_target),
        StatementKind::Augmented(target, _, value) => {
            matches!(&target.kind, TargetKind::Name(other) if other == name) || in_target(target) || uses(value, name)
        }
        StatementKind::Delete(targets) => targets
            .iter()
            .any(|target| matches!(&target.kind, TargetKind::Name(other) if other == name) || in_target(target)),
        StatementKind::Print(items, _) => items.iter().any(|item| uses(item, name)),
        StatementKind::If(arms, _) => arms.iter().any(|(condition, _)| uses(condition, name)),
        StatementKind::While(condition, ..) => uses(condition, name),
        StatementKind::For(target, source, ..) => uses(source, name) || in_target(target),
        StatementKind::Define(function) => {
            function.parameters.iter().any(|(_, default)| default.as_ref().is_some_and(|ex| uses(ex, name)))
        }
        StatementKind::Assert(condition, message) => {
            uses(condition, name) || message.as_ref().is_some_and(|ex| uses(ex, name))
        }
        StatementKind::Generate(_, dict, args) => uses(dict, name) || args.iter().flatten().any(|ex| uses(ex, name)),
    }
}

fn target_uses(target: &Target, name: &str, found: &mut bool) {
    match &target.kind {
        TargetKind::Name(_) => {}
        TargetKind::Tuple(targets) => targets.iter().for_each(|target| target_uses(target, name, found)),
        TargetKind::Index(of, key) => *found |= uses(of, name) || uses(key, name),
    }
}

/// Whether an expression uses the value of a name.
fn uses(ex: &Ex, name: &str) -> bool {
    let any = |items: &[Ex]| items.iter().any(|item| uses(item, name));
    let pieces = |pieces: &[Piece]| pieces_use(pieces, name);
    match &ex.kind {
        Kind::Const(_) => false,
        Kind::Pure(_, names) => names.iter().any(|other| other == name),
        Kind::Name(other) => other == name,
        Kind::Tuple(items) | Kind::List(items) | Kind::Set(items) => any(items),
        Kind::Dict(pairs) => {
            pairs.iter().any(|(key, value)| key.as_ref().is_some_and(|key| uses(key, name)) || uses(value, name))
        }
        Kind::Comprehension(made) => {
            let bound_here = made.loops.iter().any(|one| {
                let mut binds = false;
                bound(&one.target, &mut |other| binds |= other == name);
                binds
            });
            let inside = uses(&made.item, name)
                || made.value.as_ref().is_some_and(|value| uses(value, name))
                || made.loops.iter().flat_map(|one| &one.conditions).any(|condition| uses(condition, name));
            made.loops.iter().any(|one| uses(&one.source, name)) || (inside && !bound_here)
        }
        Kind::Unary(_, x) | Kind::Not(x) | Kind::Attribute(x, _) => uses(x, name),
        Kind::Binary(_, pair) | Kind::And(pair) | Kind::Or(pair) | Kind::Index(pair) => {
            uses(&pair.0, name) || uses(&pair.1, name)
        }
        Kind::Compare(first, rest) => uses(first, name) || rest.iter().any(|(_, ex)| uses(ex, name)),
        Kind::IfElse(parts) => uses(&parts.0, name) || uses(&parts.1, name) || uses(&parts.2, name),
        Kind::Slice(of, parts) => uses(of, name) || parts.iter().flatten().any(|part| uses(part, name)),
        Kind::Call(function, arguments) => {
            uses(function, name)
                || any(&arguments.plain)
                || arguments.named.iter().any(|(_, arg)| uses(arg, name))
                || arguments.mapping.as_ref().is_some_and(|arg| uses(arg, name))
        }
        Kind::Formatted(parts) => pieces(parts),
        Kind::Lambda(names, body) => !names.iter().any(|other| other == name) && uses(body, name),
    }
}

fn pieces_use(pieces: &[Piece], name: &str) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Text(_) => false,
        Piece::Value(value, _, format) => uses(value, name) || pieces_use(format, name),
    })
}
