//! The page's style sheet takes its colours from the palette that the map is painted with.

use dictoscope::view::palette::Palette;

const STYLE: &str = include_str!("../../static/style.css");

#[test]
fn the_style_sheet_has_the_colours_of_the_palette() {
    let (light, dark) = STYLE.split_once("@media (prefers-color-scheme: dark)").expect("a light and a dark half");
    for (half, palette) in [(light, Palette::LIGHT), (dark, Palette::DARK)] {
        for property in palette.css_properties().lines() {
            assert!(half.contains(property), "static/style.css lacks {property}");
        }
    }
}
