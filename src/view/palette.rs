//! Meanings and their colours, in one place: the map, the charts, the words and the page's CSS all take them from here.

/// A pixel: red in the lowest byte, then green, blue, alpha, as `ImageData` has them in memory on a little-endian machine.
pub type Pixel = u32;

/// An opaque colour from `0xRRGGBB`.
pub const fn rgb(hex: u32) -> Pixel {
    let (r, g, b) = (hex >> 16 & 0xff, hex >> 8 & 0xff, hex & 0xff);
    r | g << 8 | b << 16 | 0xff00_0000
}

/// `colour` as CSS writes it: `#rrggbb`, with two more digits if it is not opaque.
pub fn css(colour: Pixel) -> String {
    let [r, g, b, a] = colour.to_le_bytes();
    if a == 255 { format!("#{r:02x}{g:02x}{b:02x}") } else { format!("#{r:02x}{g:02x}{b:02x}{a:02x}") }
}

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Meaning {
    /// The ground that everything lies on.
    Ground,
    /// The ground of a panel or a slot's card.
    Surface,
    /// Text.
    Text,
    /// Text of less weight.
    Muted,
    /// Lines between slots and of charts.
    Grid,
    /// A slot that was never taken.
    Empty,
    /// A slot with a live key.
    Live,
    /// Text and marks upon [`Meaning::Live`].
    OnLive,
    /// A tombstone, and a hole in the entries.
    Tombstone,
    /// Text and marks upon [`Meaning::Tombstone`].
    OnTombstone,
    /// A slot that a search looks into.
    Probing,
    /// The slot where the key was found or put.
    Found,
    /// A key that a resize or a copy moves.
    Moved,
    /// A failure: `KeyError`, an endless search.
    Error,
    /// Keyboard focus and selection.
    Focus,
}

impl Meaning {
    /// All of them.
    pub const ALL: [Meaning; 15] = [
        Meaning::Ground,
        Meaning::Surface,
        Meaning::Text,
        Meaning::Muted,
        Meaning::Grid,
        Meaning::Empty,
        Meaning::Live,
        Meaning::OnLive,
        Meaning::Tombstone,
        Meaning::OnTombstone,
        Meaning::Probing,
        Meaning::Found,
        Meaning::Moved,
        Meaning::Error,
        Meaning::Focus,
    ];

    /// The CSS custom property, without its two dashes.
    pub const fn name(self) -> &'static str {
        match self {
            Meaning::Ground => "ground",
            Meaning::Surface => "surface",
            Meaning::Text => "text",
            Meaning::Muted => "muted",
            Meaning::Grid => "grid",
            Meaning::Empty => "empty",
            Meaning::Live => "live",
            Meaning::OnLive => "on-live",
            Meaning::Tombstone => "tombstone",
            Meaning::OnTombstone => "on-tombstone",
            Meaning::Probing => "probing",
            Meaning::Found => "found",
            Meaning::Moved => "moved",
            Meaning::Error => "error",
            Meaning::Focus => "focus",
        }
    }
}

/// A colour for each meaning, and the ends of the ramp for quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    colours: [Pixel; Meaning::ALL.len()],
    ramp: [Pixel; 3],
}

impl Palette {
    /// Dark text on a light ground; for print too.
    pub const LIGHT: Palette = Palette {
        colours: [
            rgb(0xfbfaf7), // ground
            rgb(0xffffff), // surface
            rgb(0x1b1d22), // text
            rgb(0x575c66), // muted
            rgb(0xc9ccd2), // grid
            rgb(0xf0efea), // empty
            rgb(0x103a75), // live
            rgb(0xffffff), // on-live
            rgb(0xb0804a), // tombstone
            rgb(0x1a120a), // on-tombstone
            rgb(0x9a5200), // probing
            rgb(0x157046), // found
            rgb(0x7d3cb5), // moved
            rgb(0xb3261e), // error
            rgb(0x0b57d0), // focus
        ],
        ramp: [rgb(0xbfd9f2), rgb(0x3f7fb8), rgb(0x0e2a4f)],
    };

    /// Light text on a dark ground.
    pub const DARK: Palette = Palette {
        colours: [
            rgb(0x14161a), // ground
            rgb(0x1d2026), // surface
            rgb(0xeceef2), // text
            rgb(0xa7adb8), // muted
            rgb(0x3a3f49), // grid
            rgb(0x22262d), // empty
            rgb(0xa8d1ff), // live
            rgb(0x06182e), // on-live
            rgb(0x8f6a3c), // tombstone
            rgb(0xffffff), // on-tombstone
            rgb(0xffb454), // probing
            rgb(0x5fd39a), // found
            rgb(0xcfa0ff), // moved
            rgb(0xff8a80), // error
            rgb(0x8ab4ff), // focus
        ],
        ramp: [rgb(0x2b4a6b), rgb(0x5f9fd6), rgb(0xe3f1ff)],
    };

    /// The colour for `meaning`.
    #[inline]
    pub const fn of(&self, meaning: Meaning) -> Pixel {
        self.colours[meaning as usize]
    }

    /// The colour for `part` (0 … 255) of a quantity, small to large. It keeps away from the ground.
    pub fn ramp(&self, part: u8) -> Pixel {
        let [low, middle, high] = self.ramp;
        if part < 128 { mix(low, middle, part * 2) } else { mix(middle, high, (part - 128) * 2) }
    }

    /// The colours as CSS custom properties, one a line: `--live: #103a75;`.
    pub fn css_properties(&self) -> String {
        Meaning::ALL.iter().map(|&meaning| format!("--{}: {};\n", meaning.name(), css(self.of(meaning)))).collect()
    }
}

/// `b` over `a`, `part` of 255 of it.
#[inline]
pub const fn mix(a: Pixel, b: Pixel, part: u8) -> Pixel {
    // Two channels at a time, each in its own 16 bits.
    let (t, s) = (part as u32 + (part >> 7) as u32, 256 - (part as u32 + (part >> 7) as u32));
    let even = ((a & 0x00ff_00ff) * s + (b & 0x00ff_00ff) * t) >> 8 & 0x00ff_00ff;
    let odd = ((a >> 8 & 0x00ff_00ff) * s + (b >> 8 & 0x00ff_00ff) * t) & 0xff00_ff00;
    even | odd
}

/// Relative luminance, 0 … 1 (WCAG 2.2, "relative luminance", sRGB).
pub fn luminance(colour: Pixel) -> f64 {
    let linear = |byte: u8| {
        let c = f64::from(byte) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let [r, g, b, _] = colour.to_le_bytes();
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Contrast ratio, 1 … 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(a: Pixel, b: Pixel) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colour of text on any other colour: black or white, of which one always reaches 4.5 to 1.
pub fn ink_on(ground: Pixel) -> Pixel {
    let [black, white] = [rgb(0), rgb(0xffffff)];
    if contrast(black, ground) > contrast(white, ground) { black } else { white }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Meaning::*;

    const BOTH: [(&str, Palette); 2] = [("light", Palette::LIGHT), ("dark", Palette::DARK)];

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast(rgb(0x000000), rgb(0xffffff)) - 21.0).abs() < 1e-9);
        assert!((contrast(rgb(0x777777), rgb(0xffffff)) - 4.478).abs() < 1e-3);
        assert!((contrast(rgb(0xff0000), rgb(0xffffff)) - 3.998).abs() < 1e-3);
    }

    #[test]
    fn text_reaches_aa_on_every_ground_it_stands_on() {
        for (name, p) in BOTH {
            for ground in [Ground, Surface, Empty] {
                for text in [Text, Muted, Live, Probing, Found, Moved, Error, Focus] {
                    let ratio = contrast(p.of(text), p.of(ground));
                    assert!(ratio >= 4.5, "{name}: {text:?} on {ground:?} is {ratio:.2}");
                }
            }
            for (text, ground) in [(OnLive, Live), (OnTombstone, Tombstone)] {
                let ratio = contrast(p.of(text), p.of(ground));
                assert!(ratio >= 4.5, "{name}: {text:?} on {ground:?} is {ratio:.2}");
            }
        }
    }

    #[test]
    fn text_reaches_aa_on_every_shade() {
        for (name, p) in BOTH {
            for part in 0..=255 {
                let ratio = contrast(ink_on(p.ramp(part)), p.ramp(part));
                assert!(ratio >= 4.5, "{name}: text on shade {part} is {ratio:.2}");
            }
        }
    }

    #[test]
    fn the_three_states_differ_in_grey() {
        for (name, p) in BOTH {
            // WCAG 1.4.11: on the map and in the charts there is no outline and no pattern to tell them by.
            for (a, b, bar) in
                [(Live, Empty, 4.5), (Live, Tombstone, 3.0), (Tombstone, Empty, 3.0), (Tombstone, Surface, 3.0)]
            {
                let ratio = contrast(p.of(a), p.of(b));
                assert!(ratio >= bar, "{name}: {a:?} and {b:?} differ by {ratio:.2} only");
            }
        }
    }

    #[test]
    fn the_ramp_is_monotonic_in_grey() {
        for (name, p) in BOTH {
            let grey: Vec<_> = (0..=255).map(|part| luminance(p.ramp(part))).collect();
            let rising = grey[255] > grey[0];
            for pair in grey.windows(2) {
                let steps_back = if rising { pair[0] - pair[1] } else { pair[1] - pair[0] };
                assert!(steps_back < 0.004, "{name}: the ramp turns back");
            }
            assert!(contrast(p.ramp(0), p.ramp(255)) > 5.0, "{name}");
        }
    }

    #[test]
    fn mixing_ends_at_its_ends() {
        let (a, b) = (rgb(0x102030), rgb(0xf0e0d0));
        assert_eq!(mix(a, b, 0), a);
        assert_eq!(mix(a, b, 255), b);
        assert_eq!(css(mix(a, b, 128)), "#808080");
    }

    #[test]
    fn css_has_one_property_for_each_meaning() {
        let text = Palette::LIGHT.css_properties();
        assert_eq!(text.lines().count(), Meaning::ALL.len());
        assert!(text.contains("--live: #103a75;\n"));
        assert_eq!(css(rgb(0x123456) & 0x00ff_ffff), "#12345600");
    }

    #[test]
    fn meanings_are_numbered_as_listed() {
        for (i, meaning) in Meaning::ALL.into_iter().enumerate() {
            assert_eq!(meaning as usize, i);
        }
    }
}
