use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::engine::{Command, Engine, Frame};
use crate::maintenance::{Row, to_text};
use crate::view::chart::Scale;
use crate::view::palette::Palette;
use crate::view::shade::Colouring;

const SMALL: &str = "entries=1500 rate=4 burst=3 tick=64 rest=30 quiet=8 slice=3 threshold=0.3";

fn lab(command: LabCommand) -> Command {
    Command::Lab(command)
}

/// Let frames pass until nothing is left to do.
fn settle(engine: &mut Engine) {
    let time = std::cell::Cell::new(0.0);
    // Each look at the clock is a tenth of a millisecond later.
    let now = || {
        time.set(time.get() + 0.1);
        time.get()
    };
    while engine.is_busy() {
        engine.tick(&now, 9.0);
        assert!(time.get() < 1e7, "it settles");
    }
}

fn opened(text: &str) -> Engine {
    let mut engine = Engine::new();
    engine.handle(lab(LabCommand::Open));
    engine.handle(lab(LabCommand::Read(text.to_owned())));
    settle(&mut engine);
    engine
}

fn frame(engine: &mut Engine) -> LabFrame {
    let Frame { lab, .. } = engine.frame(800.0, 0.0);
    (*lab.expect("the lab is open")).clone()
}

fn set(engine: &mut Engine, name: &str, value: &str) {
    engine.handle(lab(LabCommand::Set(name.to_owned(), value.to_owned())));
    settle(engine);
}

fn field(engine: &mut Engine, name: &str) -> FieldView {
    frame(engine).fields.into_iter().find(|field| field.name == name).unwrap_or_else(|| panic!("a field {name}"))
}

#[test]
fn nothing_is_made_before_it_is_opened() {
    let mut engine = Engine::new();
    assert!(engine.lab.is_none() && engine.lab().is_none() && !engine.is_busy());
    let tables = engine.frame(800.0, 0.0);
    engine.handle(lab(LabCommand::Open));
    assert!(engine.is_busy() && engine.frame(800.0, 0.0).lab.is_some());
    engine.handle(lab(LabCommand::Close));
    assert!(!engine.is_busy(), "what is not on screen does not run on");
    assert_eq!(engine.frame(800.0, 0.0), tables);
}

#[test]
fn it_opens_with_settings_that_can_work() {
    Survey::new(&Settings::default()).finish().unwrap();
    let fields = Lab::default().form.fields();
    let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, Settings::FIELDS.map(|field| field.name));
}

#[test]
fn the_table_of_results_is_that_of_the_runs() {
    let mut engine = opened(SMALL);
    engine.handle(lab(LabCommand::Survey));
    settle(&mut engine);
    let settings = Settings::parse(SMALL).unwrap();
    let rows: Vec<Row> = Strategy::ALL
        .iter()
        .map(|&strategy| {
            let mut run = Run::new(&settings, strategy);
            run.finish();
            run.row()
        })
        .collect();
    let shown = frame(&mut engine).rows;
    assert_eq!(shown.len(), rows.len());
    for ((strategy, cells), row) in shown.iter().zip(&rows) {
        assert_eq!((*strategy, cells.as_ref()), (row.strategy, Some(&row.cells())), "\n{}", to_text(&rows));
    }
    // Whatever was run for the table need not be run again for the stage, and the other way round.
    assert!(frame(&mut engine).surveying.is_none());
}

#[test]
fn a_survey_is_stopped_and_goes_on_where_it_was() {
    let mut engine = opened(SMALL);
    engine.handle(lab(LabCommand::Survey));
    let now = std::cell::Cell::new(0.0);
    while frame(&mut engine).rows.iter().filter(|(_, cells)| cells.is_some()).count() < 4 {
        now.set(now.get() + 1.0);
        engine.tick(
            &|| {
                now.set(now.get() + 0.1);
                now.get()
            },
            2.0,
        );
    }
    let part = frame(&mut engine).surveying.expect("it is under way");
    assert!((0.4..1.0).contains(&part), "{part}");
    engine.handle(lab(LabCommand::Stop));
    assert!(!engine.is_busy());
    let known = frame(&mut engine).rows;
    assert_eq!(known.iter().filter(|(_, cells)| cells.is_some()).count(), 4, "what is known stays");
    engine.handle(lab(LabCommand::Survey));
    settle(&mut engine);
    assert!(frame(&mut engine).rows.iter().all(|(_, cells)| cells.is_some()));
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_nothing_is_lost() {
    let mut engine = opened(SMALL);
    engine.handle(Command::Seek(700));
    settle(&mut engine);
    let before = frame(&mut engine);
    for (name, value, words) in [
        ("slice", "0", "slice=0: nothing would ever move"),
        ("threshold", "0.02", "threshold=0.02: it can't be reached"),
        ("rate", "0", "rate=0: no request would ever come"),
        ("every", "2", "every=2: one copy of 1,500 entries touches"),
        ("quiet", "99", "quiet=99: no pause is that long"),
        ("entries", "many", "entries=many: must be 1 to 1000000"),
    ] {
        let good = field(&mut engine, name).value;
        set(&mut engine, name, value);
        let FieldView { value: kept, error, .. } = field(&mut engine, name);
        assert!(error.as_ref().is_some_and(|error| error.contains(words)), "{name}: {error:?}");
        assert_eq!(kept, value, "what was typed stays");
        let now = frame(&mut engine);
        assert_eq!((now.at, now.len, &now.tables, &now.rows), (before.at, before.len, &before.tables, &before.rows));
        set(&mut engine, name, &good);
        assert_eq!(field(&mut engine, name).error, None);
    }
    assert_eq!(frame(&mut engine), before);
}

#[test]
fn a_tables_own_settings_are_fields_too() {
    let mut engine = opened(SMALL);
    set(&mut engine, "table", "linear");
    set(&mut engine, "table.load", "2");
    let load = field(&mut engine, "table.load");
    assert!(load.value == "2" && load.error.is_some_and(|error| error.contains("load=2")));
    set(&mut engine, "table.load", "0.5");
    assert_eq!(field(&mut engine, "table.load").error, None);
    assert!(frame(&mut engine).text.contains("table=linear") && frame(&mut engine).text.contains("table.load=0.5"));
    assert!(frame(&mut engine).complete);
    set(&mut engine, "table", "cpython-2.7");
    assert!(!frame(&mut engine).text.contains("load"), "they went with their table");
}

#[test]
fn text_that_cannot_be_read_stays_with_its_error() {
    let mut engine = opened(SMALL);
    let text = format!("{SMALL}\nslice=0");
    engine.handle(lab(LabCommand::Read(text.clone())));
    let now = frame(&mut engine);
    assert_eq!(now.text, text);
    assert!(now.text_error.is_some_and(|error| error.starts_with("line 2: slice=0")));
    engine.handle(lab(LabCommand::Read(SMALL.to_owned())));
    settle(&mut engine);
    assert_eq!(frame(&mut engine).text_error, None);
}

#[test]
fn a_link_comes_back_to_the_same_lab() {
    let mut engine = opened("strategy=background table=swiss entries=900 rate=4 burst=3 tick=100 seed=7 threshold=0.2");
    engine.handle(Command::Seek(333));
    settle(&mut engine);
    let (link, before) = (engine.link(), frame(&mut engine));
    assert_eq!(before.play, Strategy::Background);
    let mut other = Engine::new();
    other.handle(Command::OpenLink(link.clone()));
    settle(&mut other);
    assert_eq!((other.link(), frame(&mut other)), (link, before));
    for (link, words) in [
        ("v=2&lab=", "version"),
        ("lab=&play=hope", "no strategy"),
        ("lab=&tick=x", "whole number"),
        ("lab=&at=3", "does not know"),
    ] {
        other.handle(Command::OpenLink(link.to_owned()));
        assert!(
            matches!(other.trouble(), Some(crate::engine::Trouble::General(said)) if said.contains(words)),
            "{link}"
        );
    }
    other.handle(Command::OpenLink("lab".to_owned()));
    settle(&mut other);
    assert_eq!(other.trouble(), None);
    assert_eq!(frame(&mut other).text, Settings::default().to_text());
    let mut tables = Engine::new();
    tables.handle(Command::OpenLink("lab=slice%3D0".to_owned()));
    assert!(frame(&mut tables).text_error.is_some_and(|error| error.contains("slice=0")));
    tables.handle(Command::OpenLink(Engine::new().link()));
    assert!(tables.lab().is_none(), "a link to a table leaves the lab");
}

#[test]
fn keys_go_through_the_labs_time() {
    let mut engine = opened(SMALL);
    engine.handle(Command::Step(1));
    engine.handle(Command::StepOps(1));
    settle(&mut engine);
    assert_eq!((frame(&mut engine).at, engine.lab().unwrap().scene().ticks()), (101, 101));
    engine.handle(Command::Step(-1));
    settle(&mut engine);
    assert_eq!(engine.lab().unwrap().scene().ticks(), 100);
    let jump = |direction| Command::Jump(crate::history::Wanted::Marks(crate::history::Marks::RESIZE), direction);
    engine.handle(jump(Direction::Forward));
    settle(&mut engine);
    let (at, samples) = (frame(&mut engine).at as usize, engine.lab().unwrap().samples());
    assert!(at > 100 && samples[at - 1].bytes != samples[at - 2].bytes);
    engine.handle(jump(Direction::Forward));
    engine.handle(jump(Direction::Backward));
    settle(&mut engine);
    assert_eq!(frame(&mut engine).at as usize, at);
    engine.handle(Command::Seek(usize::MAX));
    settle(&mut engine);
    let end = frame(&mut engine);
    assert_eq!(end.at, end.len);
    engine.handle(jump(Direction::Forward));
    assert!(engine.trouble().is_some());
    engine.handle(Command::Jump(crate::history::Wanted::Probes(5), Direction::Backward));
    settle(&mut engine);
    assert_eq!((frame(&mut engine).at, engine.trouble()), (end.at, None), "the lab knows no such jump");
    engine.handle(Command::Toggle);
    assert_eq!(frame(&mut engine).at, 0, "at the end, Play means: once more");
}

#[test]
fn it_plays_both_ways_and_stops_at_the_ends() {
    let mut engine = opened(SMALL);
    let len = frame(&mut engine).len;
    for (direction, end) in [(Direction::Forward, len), (Direction::Backward, 0)] {
        engine.handle(Command::Play(direction));
        let (mut now, mut seen) = (0.0, Vec::new());
        while engine.lab().unwrap().playing().is_some() {
            now += 16.0;
            engine.tick(&|| now, 9.0);
            seen.push(engine.lab().unwrap().scene().ticks());
            assert!(now < 1e6, "it ends");
        }
        assert_eq!(seen.last(), Some(&end));
        // 1,000 ticks a second.
        assert!(seen.windows(2).all(|pair| pair[0].abs_diff(pair[1]) <= 17), "{seen:?}");
    }
}

#[test]
fn another_strategy_comes_on_stage_at_the_same_tick() {
    let mut engine = opened(SMALL);
    engine.handle(Command::Seek(500));
    engine.handle(lab(LabCommand::Play(Strategy::Locked)));
    settle(&mut engine);
    let now = frame(&mut engine);
    assert_eq!((now.at, now.play, now.only), (500, Strategy::Locked, None));
    set(&mut engine, "strategy", "quiet");
    assert_eq!(frame(&mut engine).play, Strategy::Quiet);
    assert_eq!(frame(&mut engine).rows.len(), 1);
    engine.handle(lab(LabCommand::Play(Strategy::Never)));
    assert_eq!(field(&mut engine, "strategy").value, "never", "the only one follows");
}

/// The pixels of every map that is there.
fn pictures(engine: &mut Engine) -> Vec<Option<Vec<u32>>> {
    let mut found = Vec::new();
    for nth in 0..2 {
        for which in Which::ALL {
            if let Some(map) = engine.map(nth, which) {
                map.show(120, 60, &Palette::LIGHT, Colouring::State);
                map.forget();
            }
            found.push(engine.painted(nth, which).map(<[u32]>::to_vec));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Going back shows the picture of that tick.
    #[test]
    fn pictures_depend_on_the_tick_alone(jumps in proptest::collection::vec(0usize..2500, 2..10)) {
        let mut engine = opened(SMALL);
        for tick in jumps {
            engine.handle(Command::Seek(tick));
            settle(&mut engine);
            let mut now = 0.0;
            while { pictures(&mut engine); engine.is_moving() } {
                now += 400.0;
                engine.tick(&|| now, 9.0);
            }
            let mut fresh = opened(SMALL);
            fresh.handle(Command::Seek(tick));
            settle(&mut fresh);
            let (seen, expected) = (pictures(&mut engine), pictures(&mut fresh));
            prop_assert!(seen == expected, "tick {tick}");
            prop_assert_eq!(frame(&mut engine).tables, frame(&mut fresh).tables);
        }
    }
}

#[test]
fn charts_show_each_tick_once_or_its_part() {
    let engine = opened(SMALL);
    let samples = engine.lab().unwrap().samples();
    let all = 0..samples.len();
    for parts in [1, 100, samples.len()] {
        let plot = Curve::Latency.plot(samples, all.clone(), parts);
        let worst = plot.lines[0].values.iter().flatten().copied().fold(0.0, f64::max);
        assert_eq!(worst, f64::from(samples.iter().map(|sample| sample.worst).max().unwrap()));
        assert_eq!((plot.lines[0].values.len(), plot.scale), (parts, Scale::Log));
        assert!(plot.lines.iter().flat_map(|line| line.values.iter().flatten()).all(|&value| value <= plot.high));
    }
    let memory = Curve::Memory.plot(samples, 100..400, 300);
    let bytes = &memory.lines.last().unwrap().values;
    assert!(bytes.iter().zip(&samples[100..400]).all(|(value, sample)| *value == Some(sample.bytes as f64)));
}

#[test]
fn memory_that_is_made_is_counted_and_freed() {
    let mut engine = opened(SMALL);
    let made = |engine: &Engine| engine.lab().unwrap().memory()[2];
    assert_eq!(made(&engine), 0);
    assert!(engine.lab_mut().unwrap().toggle_ballast() && made(&engine) > 20_000_000);
    assert!(!engine.lab_mut().unwrap().toggle_ballast() && made(&engine) == 0);
    let [shown, kept, _] = engine.lab().unwrap().memory();
    assert!(shown > 0 && kept > shown && kept <= BUDGET);
}
