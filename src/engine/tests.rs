//! What a reader can do, and that nothing on screen is lost by it.

use super::*;
use crate::history::Marks;
use crate::program::{Program, render};
use crate::python::Version;
use crate::stats::{Tally, Totals};
use crate::table::{SlotState, State, Table, swiss};
use crate::view::stage::Look;

fn state(engine: &Engine) -> State {
    engine.lane().timeline.table().state().clone()
}

/// What is in every cell of every table, in words: the same after an undo, where objects may be others that are equal.
fn cells(engine: &Engine) -> Vec<String> {
    let of = |lane: &Lane| {
        let (table, heap) = (lane.timeline.table(), lane.timeline.heap());
        let State { main, next, regs } = table.state();
        let mut cells = format!("{} {regs:?}", table.spec());
        for arrays in std::iter::once(main).chain(next) {
            cells += &format!("\n{:?}", arrays.indices);
            for slot in &arrays.slots {
                cells += &match slot.state() {
                    SlotState::Empty => "\n-".to_owned(),
                    SlotState::Tombstone(key) => format!("\nwas {}", heap.repr(key)),
                    SlotState::Live(key, value) => format!("\n{}: {}", heap.repr(key), heap.repr(value)),
                };
            }
        }
        cells
    };
    engine.lanes().iter().map(of).collect()
}

/// Every operation of every table, as Python.
fn operations(engine: &Engine) -> Vec<Vec<String>> {
    let of = |lane: &Lane| {
        let timeline = &lane.timeline;
        (0..timeline.len()).map(|op| render(timeline.ops().get(op), timeline.heap())).collect()
    };
    engine.lanes().iter().map(of).collect()
}

fn undo(engine: &mut Engine) {
    engine.handle(Command::Undo);
    engine.finish_build();
}

/// The page that a link to what `engine` shows opens.
fn reopened(engine: &Engine) -> Engine {
    let mut other = still();
    other.handle(Command::OpenLink(engine.link()));
    other.finish_build();
    assert_eq!((other.trouble(), other.link()), (None, engine.link()));
    other
}

fn frame(engine: &mut Engine) -> Frame {
    engine.frame(1000.0, 0.0)
}

fn place(engine: &Engine) -> (usize, usize) {
    let Pos { op, step } = engine.lane().timeline.pos();
    (op, step)
}

/// An engine whose additions are shown done, not played.
fn still() -> Engine {
    let mut engine = Engine::new();
    engine.set_still(true);
    engine
}

fn open(id: &str) -> Engine {
    let mut engine = still();
    engine.handle(Command::Open(id.to_owned()));
    engine.finish_build();
    engine
}

fn line(engine: &mut Engine, text: &str) {
    engine.handle(Command::Line(text.to_owned()));
    engine.finish_build();
}

/// Let `milliseconds` pass in frames of a sixtieth of a second.
fn play(engine: &mut Engine, milliseconds: f64) {
    let mut now = 0.0;
    while now <= milliseconds {
        engine.tick(&|| now, 8.0);
        now += 1000.0 / 60.0;
    }
}

#[test]
fn a_resize_of_many_entries_begins_a_slice_of_its_own() {
    let mut engine = still();
    engine.handle(Command::Tables(vec!["cpython-3.13".to_owned()]));
    engine.finish_build();
    engine.handle(Command::Run("insert_uuids(d, 100000)".to_owned()));
    let mut stops = Vec::new();
    while engine.build.is_some() {
        engine.build_slice(|long| long);
        let lanes = engine.build.as_ref().and_then(|build| build.lanes.as_ref());
        stops.extend(lanes.map(|lanes| lanes[0].timeline.len()));
    }
    // Resizes of more than 16,384 entries come with the inserts after 21,845, 43,690 and 87,381.
    assert_eq!(stops.len(), 3, "{stops:?}");
    for (stop, full) in stops.into_iter().zip([21_845, 43_690, 87_381]) {
        assert!((full - 256..=full).contains(&stop), "{stop}");
    }
}

#[test]
fn it_opens_on_a_small_dict_with_tombstones_paused_before_its_story_goes_on() {
    let mut engine = Engine::new();
    let frame = frame(&mut engine);
    assert_eq!(frame.op, SCENARIOS[0].start_at);
    assert_eq!((frame.playing, frame.can_undo, frame.progress), (None, false, None));
    let frame::Stage::Cards(stage) = &frame.stage else { panic!("a small table is drawn as cards") };
    assert!(stage.cards.iter().any(|card| card.look == Look::Tombstone));
    assert!(frame.words.next.is_some());
}

#[test]
fn a_tombstone_that_is_taken_uses_up_no_room() {
    let mut engine = open("reuse");
    let before = frame(&mut engine).gauge;
    assert_eq!((before.inserts_left, before.may_reuse), (Some(1), true));
    engine.handle(Command::StepOps(1));
    let after = frame(&mut engine).gauge;
    assert_eq!((after.live, after.slots), (before.live + 1, before.slots), "d[24] took a grave");
    assert_eq!(after.inserts_left, before.inserts_left);
    engine.handle(Command::Tables(vec!["cpython-3.12".to_owned()]));
    engine.finish_build();
    engine.handle(Command::Seek(5));
    assert!(!frame(&mut engine).gauge.may_reuse, "a hole among the entries is not taken again");
}

#[test]
fn a_line_runs_where_the_reader_stands_and_undo_brings_the_future_back() {
    let mut engine = still();
    let (at, len) = (engine.lane().timeline.pos().op, engine.lane().timeline.len());
    engine.handle(Command::Seek(usize::MAX));
    let end = cells(&engine);
    engine.handle(Command::Seek(at));
    line(&mut engine, "d['new'] = 1");
    assert_eq!(place(&engine), (at + 1, 0));
    assert_eq!(engine.lane().timeline.len(), at + 1);
    let after = cells(&engine);
    engine.handle(Command::Undo);
    engine.finish_build();
    assert_eq!((place(&engine), engine.lane().timeline.len()), ((at, 0), len));
    engine.handle(Command::Seek(usize::MAX));
    assert_eq!(cells(&engine), end);
    engine.handle(Command::Redo);
    engine.finish_build();
    engine.handle(Command::Seek(usize::MAX));
    assert_eq!(cells(&engine), after);
}

#[test]
fn a_line_is_played_step_by_step_and_then_time_stops() {
    let mut engine = Engine::new();
    engine.handle(Command::Line("d['new'] = 1".to_owned()));
    let at = engine.lane().timeline.pos().op;
    assert!(engine.is_busy());
    play(&mut engine, 10_000.0);
    assert_eq!(place(&engine), (at + 1, 0));
    assert!(!engine.is_busy());
}

#[test]
fn bad_lines_say_what_to_write_and_change_nothing() {
    let mut engine = still();
    let (before, place_before) = (state(&engine), place(&engine));
    for bad in ["d[[]] = 1", "d[1", "x = y", "", "d[{}]", "del e", "for i in range(99999999999): d[i] = 1", "d['a] = 2"]
    {
        line(&mut engine, bad);
        let frame = frame(&mut engine);
        let Some(Trouble::Line(message)) = frame.trouble else { panic!("{bad:?} was taken") };
        assert!(message.len() > 10, "{bad:?}: {message}");
        assert_eq!((state(&engine), place(&engine)), (before.clone(), place_before));
    }
}

#[test]
fn a_missing_key_is_an_error_on_the_timeline_and_changes_nothing() {
    let mut engine = open("reuse");
    engine.handle(Command::Seek(usize::MAX));
    let before = state(&engine);
    line(&mut engine, "del d['nobody']");
    assert_eq!(state(&engine), before);
    let frame = frame(&mut engine);
    assert!(frame.words.sentence.contains("KeyError"), "{}", frame.words.sentence);
    assert!(frame.track.marks.iter().any(|(_, kind)| *kind == frame::MarkKind::Error));
}

#[test]
fn a_program_that_does_not_parse_leaves_the_screen_as_it_was() {
    let mut engine = still();
    let before = state(&engine);
    engine.handle(Command::Run("d[1] = 1\nd[2] = = 2\n".to_owned()));
    engine.finish_build();
    let Some(Trouble::Program(error)) = engine.trouble() else { panic!("no error") };
    assert_eq!(error.line, 2);
    assert_eq!(state(&engine), before);
}

#[test]
fn a_program_that_fails_when_run_keeps_what_ran() {
    let mut engine = still();
    engine.handle(Command::Run("d[1] = 1\nfor i in range(3): d[6 // (2 - i)] = i\nd[9] = 9\n".to_owned()));
    engine.finish_build();
    let Some(Trouble::Program(error)) = engine.trouble() else { panic!("no error") };
    assert_eq!(error.line, 2);
    assert_eq!(engine.lane().timeline.len(), 3);
}

#[test]
fn the_experiment_keeps_its_bytes_when_everything_is_deleted() {
    let mut engine = open("experiment");
    assert_eq!(place(&engine), (0, 0));
    engine.handle(Command::Seek(100_000));
    let full = frame(&mut engine).gauge;
    engine.handle(Command::Seek(usize::MAX));
    let empty = frame(&mut engine);
    assert_eq!((full.live, full.bytes.total()), (100_000, 6_291_736));
    assert_eq!((empty.gauge.live, empty.gauge.bytes.total(), empty.gauge.dead), (0, 6_291_736, 100_000));
    assert!(matches!(empty.stage, frame::Stage::Map { .. }));
    engine.handle(Command::Compact(CopyHow::Comprehension));
    engine.finish_build();
    assert_eq!(frame(&mut engine).gauge.bytes.total(), 280);
}

#[test]
fn the_experiment_plays_in_about_ten_seconds_at_the_speed_it_opens_with() {
    let mut engine = open("experiment");
    engine.handle(Command::Toggle);
    play(&mut engine, 9_000.0);
    assert!(engine.is_busy());
    play(&mut engine, 2_000.0);
    assert!(engine.lane().timeline.is_at_end() && !engine.is_busy());
}

#[test]
fn another_table_runs_the_same_program_at_the_same_place() {
    let mut engine = still();
    let at = place(&engine);
    let text = frame(&mut engine).text;
    for name in ["cpython-3.12", "cpython-3.6", "cpython-2.7"] {
        engine.handle(Command::Tables(vec![name.to_owned()]));
        engine.finish_build();
        let frame = frame(&mut engine);
        assert_eq!((frame.tables.as_slice(), place(&engine), &frame.text), ([name.to_owned()].as_slice(), at, &text));
    }
    engine.handle(Command::Tables(vec!["cpython-1.5".to_owned()]));
    assert!(matches!(engine.trouble(), Some(Trouble::General(_))));
}

#[test]
fn cancelling_keeps_what_was_there() {
    let mut engine = still();
    let (before, text) = (state(&engine), frame(&mut engine).text);
    engine.handle(Command::Run("for i in range(5000000): d[i] = i".to_owned()));
    engine.tick(&|| 0.0, -1.0);
    let progress = frame(&mut engine).progress.expect("it takes more than one slice");
    assert!(progress.done > 0 && progress.total == Some(5_000_000));
    engine.handle(Command::Cancel);
    assert_eq!(
        (state(&engine), frame(&mut engine).text, frame(&mut engine).progress),
        (before.clone(), text.clone(), None)
    );
    engine.handle(Command::Line("for i in range(1000000): d[i] = i".to_owned()));
    assert!(frame(&mut engine).progress.is_some());
    engine.handle(Command::Cancel);
    engine.finish_build();
    assert_eq!((state(&engine), frame(&mut engine).text), (before, text));
}

#[test]
fn a_link_leads_to_the_same_place() {
    let mut engine = still();
    line(&mut engine, "d['new'] = (1, 'é')");
    let (link, stage) = (engine.link(), frame(&mut engine).stage);
    let mut other = still();
    other.handle(Command::OpenLink(link.clone()));
    other.finish_build();
    assert_eq!((other.link(), frame(&mut other).stage), (link, stage));
    let shown = state(&other);
    other.handle(Command::OpenLink("v=1&table=lisp&program=d".to_owned()));
    assert!(matches!(other.trouble(), Some(Trouble::General(_))));
    assert_eq!(state(&other), shown);
}

#[test]
fn steps_go_through_every_event_and_back() {
    let mut engine = open("shrink");
    engine.handle(Command::Seek(0));
    let (mut forward, mut states) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        forward.push(place(&engine));
        states.push(state(&engine));
        assert!(!frame(&mut engine).words.sentence.is_empty());
        engine.handle(Command::Step(1));
    }
    assert!(forward.windows(2).all(|pair| pair[0] < pair[1]));
    for (expected, cells) in forward.iter().zip(&states).rev() {
        engine.handle(Command::Step(-1));
        assert_eq!((&place(&engine), &state(&engine)), (expected, cells));
    }
}

#[test]
fn jumps_stand_after_what_they_found() {
    let mut engine = open("experiment");
    let mut sizes = Vec::new();
    loop {
        engine.handle(Command::Jump(Wanted::Marks(Marks::RESIZE), Direction::Forward));
        if engine.trouble().is_some() {
            break;
        }
        sizes.push(engine.bytes_now());
    }
    assert_eq!(sizes, [1_048, 3_352, 12_568, 49_432, 196_888, 786_712, 3_146_008, 6_291_736]);
    engine.handle(Command::Jump(Wanted::Marks(Marks::RESIZE), Direction::Backward));
    assert_eq!(engine.bytes_now(), 3_146_008);
}

/// Four tables that delete in four ways.
const FOUR: [&str; 4] = ["cpython-2.7", "swiss", "backward-shift", "robin-hood:shrink=0.25"];

fn tables(engine: &mut Engine, specs: &[&str]) {
    engine.handle(Command::Tables(specs.iter().map(|&spec| spec.to_owned()).collect()));
    engine.finish_build();
}

/// What replay says that the first `ops` operations of `text` cost on a table.
fn replayed(spec: &str, text: &str, ops: usize) -> Totals {
    let mut table = AnyTable::parse(spec).unwrap();
    let python = table.policy().python;
    let mut heap = Heap::new(python, HashSettings::default());
    let mut totals = Totals::new(table.bytes().total());
    let (mut expansion, mut list) = (Program::parse(text, python).unwrap().expand(), OpList::default());
    for op in 0..ops {
        expansion.next(&mut heap, &mut list).unwrap();
        let mut tally = Tally::default();
        table.run(list.get(op), &heap, &mut tally);
        totals.add(list.get(op), &tally, table.bytes().total());
    }
    totals
}

#[test]
fn totals_are_those_of_replay_wherever_the_reader_stands() {
    let mut engine = open("experiment");
    tables(&mut engine, &FOUR);
    let text = frame(&mut engine).text;
    for at in [0, 1, 255, 256, 8_192, 99_999, 123_457, 200_000] {
        engine.handle(Command::Seek(at));
        for (side, spec) in frame(&mut engine).sides.iter().zip(FOUR) {
            assert_eq!((side.spec.as_str(), side.totals), (spec, replayed(spec, &text, at)), "{spec} at {at}");
        }
    }
    let sides = frame(&mut engine).sides;
    assert_eq!(sides[0].gauge.bytes.total(), sides[0].totals.peak);
    assert!(sides[3].gauge.bytes.total() * 1000 < sides[3].totals.peak);
}

#[test]
fn the_charts_of_several_tables_have_the_numbers_of_the_operations() {
    let mut engine = open("same-deletes");
    let versus = frame(&mut engine).versus;
    for (lane, line) in versus.lines.iter().enumerate() {
        let timeline = &engine.lanes()[lane].timeline;
        for op in 0..timeline.len() {
            let record = timeline.record(op).unwrap();
            assert_eq!(line.bytes_after(op), Some(timeline.size_at(op + 1).bytes));
            let searched = record.marks.intersects(Marks::HIT | Marks::MISS);
            let cost = record.writes + if searched { record.probes } else { 0 };
            assert_eq!(line.cost_of(op), Some(f64::from(cost)), "table {lane}, operation {op}");
        }
        assert_eq!(line.cost_of(timeline.len()), None);
    }
}

#[test]
fn whole_programs_cost_what_replay_adds_up() {
    let text = "mixed(d, 3000)\ndelete_random(d, 100)\nd = d.copy()\nd.clear()\nmixed(d, 500)\n";
    for policy in AnyTable::policies() {
        let mut engine = still();
        tables(&mut engine, &[policy.name, "cpython-3.13"]);
        engine.handle(Command::Run(text.to_owned()));
        engine.finish_build();
        engine.handle(Command::Seek(usize::MAX));
        let ops = engine.lane().timeline.len();
        assert_eq!(frame(&mut engine).sides[0].totals, replayed(policy.name, text, ops), "{}", policy.name);
        let mut table = (policy.new)();
        let mut heap = Heap::new(policy.python, HashSettings::default());
        let whole = Program::parse(text, policy.python).unwrap().cost(&mut table, &mut heap).unwrap();
        assert_eq!(whole, (replayed(policy.name, text, ops), ops as u64), "{}", policy.name);
    }
}

#[test]
fn several_tables_are_stepped_together() {
    let mut engine = open("same-deletes");
    let ops = |engine: &Engine| -> Vec<usize> { engine.lanes().iter().map(|lane| lane.timeline.pos().op).collect() };
    assert_eq!(frame(&mut engine).sides.len(), 4);
    let at = place(&engine).0;
    engine.handle(Command::Focus(2));
    assert_eq!(frame(&mut engine).title, frame(&mut engine).sides[2].title);
    engine.handle(Command::Step(1));
    assert_eq!((place(&engine), ops(&engine)), ((at, 1), vec![at; 4]));
    assert!(engine.lanes().iter().enumerate().all(|(nth, lane)| (lane.timeline.pos().step > 0) == (nth == 2)));
    // Another table is told about from before its operation on.
    engine.handle(Command::Focus(1));
    assert_eq!((place(&engine), ops(&engine)), ((at, 0), vec![at; 4]));
    engine.handle(Command::Seek(usize::MAX));
    let ends: Vec<State> = engine.lanes().iter().map(|lane| lane.timeline.table().state().clone()).collect();
    line(&mut engine, "d['one more'] = 1");
    assert_eq!(ops(&engine), vec![engine.lane().timeline.len(); 4]);
    engine.handle(Command::Undo);
    engine.finish_build();
    let back: Vec<State> = engine.lanes().iter().map(|lane| lane.timeline.table().state().clone()).collect();
    assert_eq!(back, ends);
    engine.handle(Command::Focus(9));
    assert_eq!(engine.focus(), 1);
}

#[test]
fn a_link_keeps_the_tables_with_their_settings() {
    let mut engine = still();
    tables(&mut engine, &["linear:load=0.5,reuse=no", "swiss", "cpython-3.6"]);
    let mut other = still();
    other.handle(Command::OpenLink(engine.link()));
    other.finish_build();
    assert_eq!(frame(&mut other).sides, frame(&mut engine).sides);
    assert_eq!(other.link(), engine.link());
}

#[test]
fn tables_that_are_being_built_count_as_chosen_until_they_are_cancelled() {
    let mut engine = Engine::new();
    engine.handle(Command::Run("for i in range(100000): d[i] = i".to_owned()));
    engine.finish_build();
    engine.handle(Command::Tables(vec!["swiss".to_owned(), "linear".to_owned()]));
    let frame = engine.frame(800.0, 0.0);
    let newest = AnyTable::of_version(Version::LATEST);
    assert_eq!((frame.tables, frame.title), (vec!["swiss".to_owned(), "linear".to_owned()], newest.title));
    engine.handle(Command::Cancel);
    assert_eq!(engine.frame(800.0, 0.0).tables, [newest.name]);
}

#[test]
fn bad_tables_are_explained_and_change_nothing() {
    let mut engine = still();
    let link = engine.link();
    for (specs, says) in [
        (vec!["robin-hood:load=1"], "less than 1"),
        (vec!["cpython-2.7", "incremental:size=12"], "power of two"),
        (vec!["linear:size=0"], "at least one slot"),
        (vec!["swiss"; 5], "one to 4 tables"),
        (vec![], "one to 4 tables"),
    ] {
        tables(&mut engine, &specs);
        let Some(Trouble::General(message)) = engine.trouble() else { panic!("{specs:?} is accepted") };
        assert!(message.contains(says), "{message}");
        assert_eq!(engine.link(), link);
    }
}

#[test]
fn a_search_that_would_never_end_can_be_watched_until_it_is_stopped() {
    let mut engine = open("endless");
    let (at, before) = (place(&engine).0, state(&engine));
    let slots = before.main.size();
    let mut seen = Vec::new();
    while place(&engine).0 == at {
        engine.handle(Command::Step(1));
        seen.push(frame(&mut engine).words.sentence);
    }
    assert!(seen.len() >= slots, "{seen:?}");
    assert!(frame(&mut engine).sides[0].sentence.contains("No empty slot"), "{}", frame(&mut engine).sides[0].sentence);
    assert_eq!(state(&engine), before);
    assert!(!frame(&mut engine).sides[1].sentence.contains("No empty slot"));
}

#[test]
fn cards_say_values_except_while_time_runs_faster_than_anybody_reads() {
    let mut engine = still();
    tables(&mut engine, &["cpython-2.7"]);
    engine.handle(Command::Run("for i in range(2000): d[i % 4] = i".to_owned()));
    engine.finish_build();
    engine.handle(Command::Seek(1000));
    let label = |engine: &mut Engine| {
        let frame::Stage::Cards(stage) = frame(engine).stage else { panic!("a small table is drawn as cards") };
        let card = stage.cards.iter().find(|card| card.look == Look::Live && !card.value.is_empty()).unwrap();
        (card.label.clone(), card.key.clone(), card.value.clone())
    };
    let (said, key, value) = label(&mut engine);
    assert!(said.ends_with(&format!(": key {key}, value {value}")), "{said}");
    engine.handle(Command::Play(Direction::Forward));
    assert!(engine.is_fast());
    let (said, key, _) = label(&mut engine);
    assert!(said.ends_with(&format!(": key {key}")), "{said}");
    engine.handle(Command::Toggle);
    let (said, _, value) = label(&mut engine);
    assert!(said.ends_with(&format!(", value {value}")), "{said}");
}

#[test]
fn a_slot_of_a_swiss_table_says_which_groups_and_slots_lead_to_it() {
    let mut engine = still();
    tables(&mut engine, &["swiss"]);
    // As many as 512 slots may hold, so that some searches go beyond their first group.
    engine.handle(Command::Run("insert_random(d, 448, seed=1)".to_owned()));
    engine.finish_build();
    engine.handle(Command::Seek(usize::MAX));
    let slots = state(&engine).main.slots;
    let size = slots.len();
    let mut farthest = 0;
    for (at, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.is_live()) {
        engine.handle(Command::Select(Some(at as u32)));
        let rows = frame(&mut engine).slot.unwrap().rows;
        let row = |name| rows.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let in_group = |start: usize, pos: usize| (pos + size - start) % size < swiss::GROUP_WIDTH;
        let (mut starts, mut read) = (vec![swiss::h1(slot.hash, size)], Vec::new());
        loop {
            let start = starts[starts.len() - 1];
            let group = (start..start + swiss::GROUP_WIDTH).map(|pos| pos % size);
            read.extend(group.filter(|&pos| swiss::control_byte(&slots, pos) == swiss::h2(slot.hash)));
            if in_group(start, at) {
                break;
            }
            starts.push((start + starts.len() * swiss::GROUP_WIDTH) % size);
        }
        read.truncate(read.iter().position(|&pos| pos == at).unwrap() + 1);
        let path = |places: &[usize]| places.iter().map(usize::to_string).collect::<Vec<_>>().join(" → ");
        assert_eq!(row("found in group").unwrap(), format!("{} (from slot {})", starts.len(), path(&starts)));
        assert_eq!(row("slots read").unwrap(), format!("{} ({})", read.len(), path(&read)));
        assert_eq!(
            (row("found at probe"), row("low bits")),
            (None, None),
            "its searches do not start at the hash's bits"
        );
        farthest = farthest.max(starts.len());
    }
    assert!(farthest > 1);
}

/// Undoing what was done before the tables were changed.
#[test]
fn undo_outlives_a_change_of_tables() {
    let mut engine = still();
    let before = (operations(&engine)[0].clone(), cells(&engine));
    line(&mut engine, "d['x'] = 1");
    tables(&mut engine, &["cpython-3.13"]);
    undo(&mut engine);
    undo(&mut engine);
    assert_eq!((operations(&engine)[0].clone(), cells(&engine)), before);

    for text in ["d['a'] = 1", "d['b'] = 2", "d['c'] = 3", "d['e'] = 4", "d['f'] = 5"] {
        engine.handle(Command::Seek(usize::MAX));
        line(&mut engine, text);
    }
    let (five, len) = (operations(&engine), engine.lane().timeline.len());
    engine.handle(Command::Seek(len - 3));
    line(&mut engine, "d['P'] = 'p'; d['Q'] = 'q'; d['R'] = 'r'; d['S'] = 's'");
    tables(&mut engine, &["cpython-3.13", "swiss"]);
    undo(&mut engine);
    undo(&mut engine);
    assert_eq!(operations(&engine), five);
    engine.handle(Command::Redo);
    engine.finish_build();
    engine.handle(Command::Redo);
    engine.finish_build();
    assert_eq!(engine.lanes().len(), 2);
    assert_eq!(operations(&engine)[1].last().unwrap(), "d['S'] = 's'");
}

/// Generators look into `d` wherever in a story they stand.
#[test]
fn every_chapter_knows_what_is_in_the_dict() {
    for text in [
        "delete_all(d)",
        "delete_random(d, 2)",
        "delete_oldest(d, 2)",
        "churn(d, 9)",
        "mixed(d, 20)",
        "insert_random(d, 5)",
    ] {
        let mut engine = still();
        line(&mut engine, text);
        engine.handle(Command::Seek(usize::MAX));
        let (ops, shown) = (operations(&engine), cells(&engine));
        assert!(ops[0].len() > SCENARIOS[0].start_at, "{text}");
        let other = reopened(&engine);
        assert_eq!((operations(&other), cells(&other)), (ops.clone(), shown.clone()), "{text}");
        // The line in the middle, and back.
        tables(&mut engine, &["cpython-3.12"]);
        assert_eq!(operations(&engine), ops, "{text}");
        undo(&mut engine);
        undo(&mut engine);
        engine.handle(Command::Redo);
        engine.finish_build();
        engine.handle(Command::Seek(usize::MAX));
        assert_eq!((operations(&engine), cells(&engine)), (ops, shown), "{text}");
    }
}

#[test]
fn a_line_that_failed_leaves_only_what_ran() {
    let mut engine = still();
    engine.handle(Command::Seek(usize::MAX));
    let text = frame(&mut engine).text;
    line(&mut engine, "d[1 // 0] = 1");
    assert!(matches!(engine.trouble(), Some(Trouble::Line(_))));
    assert_eq!((frame(&mut engine).text, frame(&mut engine).can_undo), (text, false));
    line(&mut engine, "d['a'] = 1");
    line(&mut engine, "for i in range(3): d[6 // (2 - i)] = i");
    assert!(matches!(engine.trouble(), Some(Trouble::Line(_))));
    line(&mut engine, "d['b'] = 2");
    let ops = operations(&engine);
    assert_eq!(ops[0][10..], ["d['a'] = 1", "d[3] = 0", "d[6] = 1", "d['b'] = 2"]);
    assert_eq!(operations(&reopened(&engine)), ops);
    tables(&mut engine, &["cpython-3.12"]);
    assert_eq!((operations(&engine), engine.trouble()), (ops, None));
}

#[test]
fn what_is_typed_after_a_program_that_failed_is_kept() {
    let mut engine = still();
    engine.handle(Command::Run("d[1] = 1\nd[1 // 0] = 2\nd[3] = 3".to_owned()));
    engine.finish_build();
    assert!(matches!(engine.trouble(), Some(Trouble::Program(_))));
    engine.handle(Command::Seek(usize::MAX));
    line(&mut engine, "d['a'] = 1");
    let ops = operations(&engine);
    assert_eq!(ops[0], ["d[1] = 1", "d['a'] = 1"]);
    tables(&mut engine, &["cpython-3.12", "linear"]);
    assert_eq!(operations(&engine), [ops[0].clone(), ops[0].clone()]);
    assert_eq!(operations(&reopened(&engine)), operations(&engine));
}

#[test]
fn tables_stop_together_where_the_first_of_them_stops() {
    let mut engine = still();
    tables(&mut engine, &["cpython-3.13", "cpython-2.7"]);
    engine.handle(Command::Run("for i in [98, 99, 300, 101]: d[chr(i)] = i\nd['after'] = 1".to_owned()));
    engine.finish_build();
    let Some(Trouble::Program(error)) = engine.trouble() else { panic!("2.7 has no chr(300)") };
    assert!(error.message.contains("cpython-2.7"), "{error}");
    engine.handle(Command::Seek(usize::MAX));
    line(&mut engine, "d['b'] = 7");
    let ops = operations(&engine);
    assert_eq!((ops[0].len(), &ops[0]), (3, &ops[1]));
    assert_eq!(operations(&reopened(&engine)), ops);
}

/// Begin `command`, whose build takes more than one slice.
fn begin(engine: &mut Engine, command: Command) {
    engine.handle(command);
    engine.tick(&|| 0.0, -1.0);
    assert!(engine.build.is_some());
}

#[test]
fn what_is_asked_for_during_a_build_is_asked_of_the_story_being_built() {
    let long = "insert_uuids(d, 300000)";
    // Another table while a line is being added, then Cancel.
    let mut engine = still();
    tables(&mut engine, &["cpython-2.7", "cpython-3.13"]);
    let before = (operations(&engine), cells(&engine), engine.link());
    begin(&mut engine, Command::Line(long.to_owned()));
    begin(&mut engine, Command::Tables(vec!["swiss".to_owned()]));
    engine.handle(Command::Cancel);
    assert_eq!((operations(&engine), cells(&engine), engine.link()), before);
    // The same to its end.
    begin(&mut engine, Command::Line("insert_uuids(d, 5000)".to_owned()));
    engine.handle(Command::Tables(vec!["swiss".to_owned()]));
    engine.finish_build();
    assert_eq!((engine.lanes().len(), engine.lane().timeline.len()), (1, SCENARIOS[0].start_at + 5_000));

    // A scenario, and at once another table.
    let mut engine = still();
    begin(&mut engine, Command::Open("experiment".to_owned()));
    begin(&mut engine, Command::Tables(vec!["cpython-3.12".to_owned()]));
    engine.finish_build();
    assert_eq!((engine.lane().timeline.len(), frame(&mut engine).tables[0].as_str()), (200_000, "cpython-3.12"));
    assert_eq!(frame(&mut engine).scenario.map(|(id, ..)| id), Some("experiment"));

    // Another table, and at once a program.
    begin(&mut engine, Command::Tables(vec!["cpython-3.6".to_owned()]));
    engine.handle(Command::Run("d[1] = 2".to_owned()));
    engine.finish_build();
    assert_eq!((engine.lane().timeline.len(), frame(&mut engine).tables[0].as_str()), (1, "cpython-3.6"));

    // Lines wait for each other.
    begin(&mut engine, Command::Run(long.to_owned()));
    engine.handle(Command::Line("d['first'] = 1".to_owned()));
    engine.handle(Command::Line("del d['first']".to_owned()));
    engine.finish_build();
    assert_eq!(operations(&engine)[0][..2], ["d['first'] = 1", "del d['first']"]);

    // Undo takes the build under way back.
    let link = engine.link();
    begin(&mut engine, Command::Run(long.to_owned()));
    undo(&mut engine);
    assert_eq!(engine.link(), link);
    engine.handle(Command::Redo);
    engine.finish_build();
    assert_eq!(engine.lane().timeline.len(), 300_000);
}

#[test]
fn a_line_in_the_middle_that_is_cancelled_leaves_what_came_after() {
    let mut engine = open("experiment");
    engine.handle(Command::Seek(199_990));
    let before = (operations(&engine), cells(&engine), engine.link());
    begin(&mut engine, Command::Line("insert_uuids(d, 300000)".to_owned()));
    begin(&mut engine, Command::Dismiss);
    engine.handle(Command::Cancel);
    assert_eq!((operations(&engine), cells(&engine), engine.link()), before);
    engine.handle(Command::Compact(CopyHow::Comprehension));
    engine.finish_build();
    assert_eq!(engine.lane().timeline.len(), 199_991);
    undo(&mut engine);
    assert_eq!((operations(&engine), cells(&engine), engine.link()), before);
}

#[test]
fn a_place_within_an_operation_is_in_the_link() {
    let mut engine = open("same-deletes");
    engine.handle(Command::Focus(1));
    engine.handle(Command::Step(1));
    engine.handle(Command::Step(1));
    engine.handle(Command::Select(Some(3)));
    let other = reopened(&engine);
    assert_eq!((place(&other), other.focus(), cells(&other)), (place(&engine), 1, cells(&engine)));
    assert_eq!(other.selected_in(1), Some(3));
}

#[test]
fn much_memory_is_asked_for_and_too_much_is_refused() {
    let mut engine = still();
    let before = (operations(&engine), cells(&engine));
    tables(&mut engine, &["linear:size=16777216"]);
    let many = Command::Tables(vec!["linear:size=16777216".to_owned(); 4]);
    engine.handle(many.clone());
    engine.finish_build();
    let asks = frame(&mut engine).progress.and_then(|progress| progress.asks);
    assert!(asks.is_some_and(|bytes| bytes > 1 << 30), "{asks:?}");
    assert!(!engine.is_busy() && !engine.is_building(), "it waits");
    engine.handle(Command::Cancel);
    assert_eq!(engine.lanes().len(), 1);
    undo(&mut engine);
    assert_eq!((operations(&engine), cells(&engine)), before);
}

#[test]
fn maps_that_do_not_belong_together_show_what_there_is() {
    use crate::view::palette::Palette;
    for spec in ["cpython-3.13", "incremental", "swiss"] {
        let mut engine = still();
        tables(&mut engine, &[spec]);
        engine.handle(Command::Run("insert_ints(d, 3000)\ndelete_random(d, 100)".to_owned()));
        engine.finish_build();
        for at in [0, 1_400, usize::MAX] {
            engine.handle(Command::Seek(at));
            for which in Which::ALL {
                for colouring in Colouring::ALL {
                    let map = engine.map(0, which).expect("there is one table");
                    map.show(300, 200, &Palette::LIGHT, colouring);
                    (0..20).for_each(|frame| engine.tick(&|| f64::from(frame) * 17.0, 8.0));
                    engine.painted(0, which);
                }
            }
        }
        assert!(engine.map(3, Which::Second).is_none() && engine.painted(3, Which::Second).is_none());
    }
    let mut engine = still();
    engine.handle(Command::Lab(LabCommand::Open));
    for nth in 0..5 {
        for which in Which::ALL {
            engine.map(nth, which);
            assert!(nth < 2 || engine.painted(nth, which).is_none());
        }
    }
}

/// No accepted setting makes a size that is out of bounds, or one that is looked for without end.
#[test]
fn every_accepted_load_has_a_size_for_every_program() {
    for load in ["0.05", "0.0500001", "0.3", "0.999999"] {
        for table in ["linear", "quadratic", "double", "backward-shift", "robin-hood", "incremental"] {
            let mut engine = still();
            tables(&mut engine, &[&format!("{table}:load={load},size=1")]);
            engine.handle(Command::Run("insert_ints(d, 60)\nd.reserve(800000)\nd.shrink_to_fit()".to_owned()));
            engine.finish_build();
            engine.handle(Command::Seek(usize::MAX));
            let state = state(&engine);
            assert_eq!(state.regs.used, 60, "{table} {load}");
            // The incremental table is still on its way back.
            let most = if table == "incremental" { 1 << 24 } else { 60 * 40 };
            assert!(state.main.size() <= most, "{table} {load}: {}", state.main.size());
        }
    }
}

#[test]
fn a_name_that_is_not_there_is_an_error_and_keeps_what_came_after() {
    let mut engine = still();
    let before = (operations(&engine), cells(&engine), engine.link());
    line(&mut engine, "spam");
    let Some(Trouble::Line(message)) = engine.trouble() else { panic!("no such name: {:?}", frame(&mut engine).text) };
    assert!(message.contains("NameError"), "{message}");
    assert_eq!((operations(&engine), cells(&engine), engine.link()), before);
}

#[test]
fn a_loop_that_makes_no_operation_lets_the_page_go_on_and_can_be_cancelled() {
    let mut engine = still();
    let before = (operations(&engine), cells(&engine));
    engine.handle(Command::Run("d = {}\nn = 0\nwhile True:\n    n += 1\n".to_owned()));
    let mut asked = 0;
    for _ in 0..20 {
        assert!(engine.is_building());
        engine.build_slice(|_| {
            asked += 1;
            true
        });
    }
    assert!(asked >= 20, "each slice ends soon");
    engine.handle(Command::Cancel);
    assert_eq!((operations(&engine), cells(&engine)), before);
    engine.handle(Command::Run("d = {}\nn = 0\nwhile n < 200000:\n    n += 1\nd[n] = 1\n".to_owned()));
    engine.finish_build();
    assert_eq!(operations(&engine)[0], ["d = {}", "d[200000] = 1"]);
}

#[test]
fn an_undo_that_is_cancelled_can_be_done_later() {
    let mut engine = open("experiment");
    let link = engine.link();
    engine.handle(Command::Run("d[1] = 2".to_owned()));
    engine.finish_build();
    let after = engine.link();
    begin(&mut engine, Command::Undo);
    engine.handle(Command::Cancel);
    assert_eq!((engine.link(), frame(&mut engine).can_undo, frame(&mut engine).can_redo), (after.clone(), true, false));
    undo(&mut engine);
    assert_eq!(engine.link(), link);
    begin(&mut engine, Command::Tables(vec!["cpython-3.6".to_owned()]));
    engine.handle(Command::Cancel);
    engine.handle(Command::Redo);
    engine.finish_build();
    assert_eq!(engine.link(), after);
}
