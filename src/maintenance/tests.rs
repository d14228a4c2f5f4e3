use proptest::prelude::{ProptestConfig, TestCaseError, prop_assert, prop_assert_eq, proptest};

use super::{COLUMNS, Film, Log, Phase, Row, Run, Scene, Settings, Strategy, Survey, Touched, to_text};
use crate::python::{HashSettings, Heap, Value};
use crate::table::{AnyTable, Noop, Op, Outcome, Table};

fn settings(text: &str) -> Settings {
    Settings::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn run(settings: &Settings, strategy: Strategy) -> Row {
    let mut run = Run::new(settings, strategy);
    run.finish();
    run.row()
}

fn complaint(text: &str) -> String {
    match Settings::parse(text) {
        Ok(settings) => Survey::new(&settings).finish().expect_err(text),
        Err(error) => error,
    }
    .to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// After every tick everything that is in the tables is compared with the plain map.
    #[test]
    fn nothing_is_lost(
        entries in 1u32..100,
        floor in 0.0..0.9,
        rate in 2u32..20,
        slice in 1u32..40,
        threshold in 0.05..0.6,
        every in 1u32..60,
        presize: bool,
        seed: u32,
    ) {
        let presize = if presize { "yes" } else { "no" };
        let settings = settings(&format!(
            "entries={entries} floor={floor} rate={rate} burst=3 tick=300 rest=9 quiet=4 slice={slice} \
             threshold={threshold} every={every} presize={presize} seed={seed}"
        ));
        for table in AnyTable::policies() {
            let settings = Settings { table, ..settings.clone() };
            for strategy in Strategy::ALL {
                let at = |what: String| format!("{}, {}: {what}", table.name, strategy.name());
                let mut run = Run::new(&settings, strategy);
                while run.tick() {
                    run.verify().map_err(|error| TestCaseError::fail(at(error)))?;
                    prop_assert!(run.samples().len() < 20_000, "{}", at("it does not end".to_owned()));
                }
                let row = run.row();
                prop_assert_eq!((row.lost, row.applied), (0, row.made), "{}", at(String::new()));
                prop_assert!(row.made >= entries);
            }
        }
    }
}

#[test]
fn a_table_made_with_room_does_not_resize_before_it_is_used_up() {
    for policy in AnyTable::policies() {
        for room in [0, 1, 5, 6, 10, 11, 100, 1000, 10_923, 50_000] {
            let mut heap = Heap::new(policy.python, HashSettings::default());
            let mut table = (policy.new)();
            table.presize(room);
            table.check(&heap).unwrap();
            let slots = table.state().main.size();
            for n in 0..i64::from(room) {
                let key = heap.alloc(Value::Int(n));
                assert_eq!(table.run(Op::Set(key, key), &heap, &mut Noop), Outcome::Done);
            }
            assert_eq!(table.state().main.size(), slots, "{} for {room}", policy.name);
        }
    }
}

/// Small steps through a copy: keys not yet moved, moved, updated and deleted meanwhile are all met, by every strategy
/// that has two tables alive.
#[test]
fn copies_overlap_with_writes() {
    for table in ["cpython-2.7", "cpython-3.13", "linear", "backward-shift", "robin-hood", "swiss", "incremental"] {
        let settings =
            settings(&format!("table={table} entries=3000 rate=4 burst=4 tick=64 slice=4 threshold=0.3 rest=40"));
        for strategy in [Strategy::Locked, Strategy::Sliced, Strategy::Background] {
            let mut run = Run::new(&settings, strategy);
            run.finish();
            let row = run.row();
            let overlapped = run.samples().iter().filter(|sample| sample.copying && sample.answered > 0).count();
            assert!(row.copies > 0 && overlapped > 20, "{table}, {}: {overlapped} ticks", strategy.name());
            assert_eq!((row.lost, row.applied), (0, row.made), "{table}, {}", strategy.name());
        }
    }
}

#[test]
fn all_at_once_and_in_slices_differ_by_three_orders_of_magnitude() {
    for table in ["cpython-2.7", "cpython-3.13"] {
        let settings = settings(&format!("table={table} entries=100000"));
        Survey::new(&settings).finish().unwrap();
        let at_once = run(&settings, Strategy::Threshold);
        let sliced = run(&settings, Strategy::Sliced);
        assert!(at_once.worst_later >= 1000 * sliced.worst_later, "{at_once:?} {sliced:?}");
        assert!(at_once.worst >= 1000 * sliced.worst, "{at_once:?} {sliced:?}");
        assert_eq!(at_once.made, sliced.made);
        assert_eq!((at_once.lost, sliced.lost, sliced.rebuilds), (0, 0, 0));
    }
}

#[test]
fn each_strategy_pays_in_its_own_way() {
    let settings = settings("entries=20000 tick=500 burst=4");
    let [never, itself, threshold, schedule, quiet, locked, sliced, background] =
        Strategy::ALL.map(|strategy| run(&settings, strategy));
    assert_eq!(Row { strategy: Strategy::Never, ..itself }, never);
    for copying in [threshold, schedule, locked, sliced, background] {
        assert!(copying.end_bytes < never.end_bytes, "{copying:?}");
        assert!(copying.work > never.work, "{copying:?}");
    }
    assert!(quiet.end_bytes < never.end_bytes && quiet.copies < threshold.copies);
    assert!(sliced.worst < threshold.worst / 100);
    assert!(background.pause == 0 && background.worst_later < threshold.worst_later);
    assert!(locked.median <= threshold.median && locked.longest_queue > 0);
}

#[test]
fn a_lock_keeps_writes_waiting_and_lookups_not() {
    let settings = settings("entries=20000 tick=500 burst=4");
    let mut run = Run::new(&settings, Strategy::Locked);
    run.finish();
    let locked = run.samples().iter().filter(|sample| sample.copying && sample.phase == Some(Phase::Drain));
    let (mut lookups, mut queue) = (0, 0);
    for sample in locked {
        lookups += sample.answered;
        assert!(sample.answered == 0 || sample.median < 20, "{sample:?}");
        queue = queue.max(sample.queue);
    }
    assert!(lookups > 50 && queue > 200, "{lookups} {queue}");
}

#[test]
fn the_same_settings_give_the_same_numbers() {
    let settings = settings("entries=3000 table=swiss seed=7");
    assert_eq!(run(&settings, Strategy::Background), run(&settings, Strategy::Background));
    let other = Settings { seed: 8, ..settings.clone() };
    assert_ne!(run(&settings, Strategy::Never), run(&other, Strategy::Never));
}

#[test]
fn settings_come_back_from_their_text() {
    let text = "strategy=sliced table=linear entries=5000 floor=0.2 slice=9 presize=no table.load=0.5 table.shrink=0.1";
    let parsed = settings(text);
    assert_eq!(settings(&parsed.to_text()).to_text(), parsed.to_text());
    for word in text.split(' ') {
        assert!(parsed.to_text().split(' ').any(|other| other == word), "{word}");
    }
    assert_eq!(settings("# all as usual\n\n").to_text(), Settings::default().to_text());
}

#[test]
fn bad_settings_are_explained() {
    for (text, words) in [
        ("slice=0", "slice=0: nothing would ever move"),
        ("rate=0", "rate=0: no request would ever come"),
        ("every=0", "every=0: copies would follow each other"),
        ("threshold=0", "threshold=0: live/slots never falls under 0"),
        ("threshold=1.5", "threshold=1.5: live/slots is between 0 and 1"),
        ("threshold=NaN", "threshold=NaN: live/slots is between 0 and 1"),
        ("threshold=0.02 strategy=threshold", "threshold=0.02: it can't be reached. The drain leaves"),
        ("threshold=0.9 strategy=background", "threshold=0.9: this table is always under it"),
        ("every=100 strategy=schedule", "every=100: one copy of 100,000 entries touches"),
        ("quiet=500", "quiet=500: no pause is that long"),
        ("rate=100 burst=100", "the queue would only grow"),
        ("table=cuckoo", "there is no table called \"cuckoo\"; there are cpython-2.7"),
        ("table.load=0.5", "cpython-3.15 takes no settings"),
        ("table=linear table.load=2", "load=2"),
        ("strategy=hope", "strategy=hope: there are all, never, itself"),
        ("speed=9", "there is no setting speed; there are strategy"),
        ("entries=many", "entries=many: must be 1 to 1000000"),
        ("entries", "entries: write name=value"),
        ("presize=maybe", "presize=maybe: must be yes or no"),
    ] {
        let said = complaint(text);
        assert!(said.contains(words), "{text}: {said}");
    }
    assert_eq!(complaint("rate=4\n\nslice=0").split(": ").next(), Some("line 3"));
}

#[test]
fn what_is_wrong_belongs_to_a_setting() {
    for (text, field) in [
        ("slice=0", Some("slice")),
        ("table.load=2 table=linear", Some("table")),
        ("rate=100 burst=100", Some("rate")),
        ("quiet=500", Some("quiet")),
        ("speed=9", None),
    ] {
        assert_eq!(Settings::parse(text).unwrap_err().field, field, "{text}");
    }
    for (text, field) in [("threshold=0.02 entries=2000", "threshold"), ("every=2 entries=2000", "every")] {
        assert_eq!(Survey::new(&settings(text)).finish().unwrap_err().field, Some(field), "{text}");
    }
}

/// What the complaint tells to write is accepted.
#[test]
fn advice_can_be_followed() {
    let said = complaint("every=100 strategy=schedule entries=2000 every=1");
    let advice = said.split("Write ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    Survey::new(&settings(&format!("strategy=schedule entries=2000 {advice}"))).finish().unwrap();
}

#[test]
fn the_stream_has_all_phases_and_ends_at_the_floor() {
    let settings = settings("entries=1000 floor=0.2");
    let mut run = Run::new(&settings, Strategy::Never);
    run.finish();
    let mut phases: Vec<_> = run.samples().iter().filter_map(|sample| sample.phase).collect();
    phases.dedup();
    assert_eq!(phases, Phase::ALL);
    assert_eq!(run.samples().iter().map(|sample| sample.live).max(), Some(1000));
    assert_eq!(run.samples().last().map(|sample| sample.live), Some(200));
}

#[test]
fn a_row_is_the_same_as_text_and_as_json() {
    let row = run(&settings("entries=500"), Strategy::Sliced);
    let json: serde_json::Value = serde_json::from_str(&row.to_json()).unwrap();
    for ((title, _), cell) in COLUMNS.iter().zip(row.cells()) {
        let value = &json[title.replace(' ', "_")];
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(text, cell.replace(',', ""), "{title}");
    }
    let text = to_text(&[row]);
    assert!(text.lines().all(|line| line.len() == text.lines().next().unwrap().len()));
}

/// Everything of a scene that anybody could see.
fn seen(scene: &Scene) -> impl PartialEq + std::fmt::Debug {
    let states = scene.tables().map(|table| table.map(|table| table.state().clone()));
    let waiting: Vec<_> = scene.waiting().collect();
    let arrivals: Vec<_> = scene.arrivals().collect();
    let counts = (scene.ticks(), scene.phase(), scene.counts(), scene.bytes());
    (states, waiting, arrivals, counts, scene.doing(), scene.touched().to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Wherever the reader goes, in whatever slices, they see what a run from the start comes to there.
    #[test]
    fn back_and_forth_shows_the_same(
        table in proptest::sample::select(vec!["cpython-2.7", "cpython-3.13", "swiss", "incremental"]),
        strategy in proptest::sample::select(Strategy::ALL.to_vec()),
        seed: u32,
        budget in 0usize..2_000_000,
        jumps in proptest::collection::vec((0u32..2500, 1u32..400), 1..12),
    ) {
        let settings = settings(&format!(
            "table={table} entries=1500 rate=4 burst=3 tick=64 rest=30 quiet=8 slice=3 threshold=0.3 seed={seed}"
        ));
        let mut film = Film::new(&settings, strategy, budget);
        for (tick, slice) in jumps {
            film.seek(tick);
            while !film.is_there() {
                let mut left = slice;
                film.work(&mut || { left -= 1; left == 0 });
            }
            let mut fresh = Scene::new(&settings, strategy);
            let mut log = Log::default();
            while fresh.ticks() < tick && fresh.tick(&mut log) {}
            prop_assert_eq!(film.at(), fresh.ticks());
            prop_assert_eq!(seen(film.shown()), seen(&fresh));
        }
        film.work(&mut || false);
        let mut run = Run::new(&settings, strategy);
        run.finish();
        prop_assert_eq!(film.samples(), run.samples());
        prop_assert_eq!(film.row(), run.row());
    }
}

#[test]
fn a_tick_tells_the_slots_that_it_had_to_do_with() {
    for table in ["cpython-2.7", "cpython-3.13", "linear", "swiss"] {
        let settings = settings(&format!("table={table} entries=600 rate=4 burst=3 tick=200 slice=2 threshold=0.3"));
        let (mut scene, mut log) = (Scene::new(&settings, Strategy::Sliced), Log::default());
        let (mut told, mut moved) = (0, 0);
        while scene.tick(&mut log) {
            let tables = scene.tables();
            for &Touched { second, slot, kind } in scene.touched() {
                let state = tables[usize::from(second)].expect("it is alive").state();
                assert!((slot as usize) < state.main.size(), "{table}: slot {slot}");
                told += u32::from(kind.is_some());
                moved += u32::from(kind.is_none() && second);
            }
        }
        // Of a few ticks nothing is told: the table was resized or taken over in them.
        let [made, ..] = scene.counts();
        assert!(told > made * 9 / 10 && moved > 100, "{table}: {told} of {made}, {moved} moved");
    }
}

#[test]
fn scenes_are_kept_within_the_budget_and_close_to_the_reader() {
    let settings = settings("entries=20000 tick=500 burst=4");
    let budget = 12 << 20;
    let mut film = Film::new(&settings, Strategy::Sliced, budget);
    film.work(&mut || false);
    assert!(film.is_complete() && film.memory() <= budget && film.memory() > budget / 4);
    let ticks_to = |film: &mut Film, tick| {
        film.seek(tick);
        let mut ticks = 0;
        film.work(&mut || {
            ticks += 1;
            false
        });
        ticks
    };
    let middle = film.len() / 2;
    ticks_to(&mut film, middle);
    let back: Vec<_> = (1..40).map(|by| ticks_to(&mut film, middle - by)).collect();
    assert!(back[1..].iter().all(|&ticks| ticks <= 256), "{back:?}");
    assert!(film.memory() <= budget);
}
