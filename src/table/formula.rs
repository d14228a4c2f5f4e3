//! Small expressions of whole numbers, as exercise sheets give a hash and a step: `2*k+5`, `7-k%7`, `i+3*i*i`.
//!
//! They read as Python: `%` and `//` round down. What has no value (a remainder by 0, a key that a list leaves out, a number of
//! more than 64 bits) is 0.

use std::fmt;

/// An expression, and the text it was read from, without spaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    root: Node,
}

/// What the names in a formula stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names {
    /// `k`: the key as a number.
    pub k: i64,
    /// `m`: the number of slots.
    pub m: i64,
    /// `h`: the hash.
    pub h: i64,
    /// `i`: how many slots were looked at before.
    pub i: i64,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(i64),
    Name(char),
    Negated(Box<Node>),
    Binary(char, Box<(Node, Node)>),
    /// `digits(x)`: the sum of the decimal digits.
    Digits(Box<Node>),
    Abs(Box<Node>),
    /// `{A: 3, 17: 4}`: a value for each key.
    Listed(Vec<(i64, i64)>),
}

/// The most characters of a formula.
pub const MAX_FORMULA: usize = 1_000;
const MAX_DEPTH: usize = 50;

impl Formula {
    /// Read `text`, in which only `names` may occur; `letters` gives the number of a key in a list that is no number.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str, names: &str, letters: impl Fn(&str) -> i64) -> Result<Formula, String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if text.len() > MAX_FORMULA {
            return Err(format!("an expression may have {MAX_FORMULA} characters"));
        }
        let mut parser = Parser { rest: &text, names, letters: &letters, depth: 0 };
        let root = parser.sum()?;
        match parser.rest.chars().next() {
            None => Ok(Formula { root, text }),
            Some('^') => Err("^ is not a power here: write **, or i*i".into()),
            Some('/') => Err("/ does not give a whole number: write //".into()),
            Some(c) if c.is_alphanumeric() || c == '(' => Err(format!("write * before {:?}, as in 2*k", parser.rest)),
            Some(_) => Err(format!("{:?} is not understood", parser.rest)),
        }
    }

    /// Its value.
    pub fn value(&self, names: Names) -> i64 {
        self.root.value(names).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
    }

    /// Whether `name` occurs in it.
    pub fn has(&self, name: char) -> bool {
        self.root.has(&|node| matches!(node, Node::Name(n) if *n == name))
    }

    /// Whether it divides, so that it may take more than `m` tries until it repeats itself.
    pub fn divides(&self) -> bool {
        self.root.has(&|node| matches!(node, Node::Binary('/', _)))
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Node {
    fn value(&self, names: Names) -> Option<i128> {
        Some(match self {
            Node::Number(n) => (*n).into(),
            Node::Name(name) => i128::from(match name {
                'k' => names.k,
                'm' => names.m,
                'h' => names.h,
                _ => names.i,
            }),
            Node::Negated(x) => x.value(names)?.checked_neg()?,
            Node::Digits(x) => {
                x.value(names)?.unsigned_abs().to_string().bytes().map(|digit| i128::from(digit - b'0')).sum()
            }
            Node::Abs(x) => x.value(names)?.checked_abs()?,
            Node::Listed(pairs) => pairs.iter().find(|pair| pair.0 == names.k)?.1.into(),
            Node::Binary(op, pair) => {
                let (a, b) = (pair.0.value(names)?, pair.1.value(names)?);
                match op {
                    '+' => a.checked_add(b)?,
                    '-' => a.checked_sub(b)?,
                    '*' => a.checked_mul(b)?,
                    '/' => {
                        let quotient = a.checked_div(b)?;
                        if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
                    }
                    '%' => {
                        let rest = a.checked_rem(b)?;
                        if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
                    }
                    _ => a.checked_pow(u32::try_from(b).ok()?)?,
                }
            }
        })
    }

    fn has(&self, wanted: &impl Fn(&Node) -> bool) -> bool {
        wanted(self)
            || match self {
                Node::Number(_) | Node::Name(_) | Node::Listed(_) => false,
                Node::Negated(x) | Node::Digits(x) | Node::Abs(x) => x.has(wanted),
                Node::Binary(_, pair) => pair.0.has(wanted) || pair.1.has(wanted),
            }
    }
}

struct Parser<'t, L> {
    rest: &'t str,
    names: &'t str,
    letters: &'t L,
    depth: usize,
}

impl<'t, L: Fn(&str) -> i64> Parser<'t, L> {
    fn eat(&mut self, symbol: &str) -> bool {
        let rest = self.rest.strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.eat(symbol) { Ok(()) } else { Err(format!("{symbol:?} is missing before {:?}", self.rest)) }
    }

    fn sum(&mut self) -> Result<Node, String> {
        let mut left = self.product()?;
        while let Some(op) = ['+', '-'].into_iter().find(|op| self.rest.starts_with(*op)) {
            self.rest = &self.rest[1..];
            left = Node::Binary(op, Box::new((left, self.product()?)));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Node, String> {
        let mut left = self.signed()?;
        loop {
            let op = match () {
                () if self.rest.starts_with("**") => return Ok(left),
                () if self.eat("//") => '/',
                () if self.eat("*") => '*',
                () if self.eat("%") => '%',
                () => return Ok(left),
            };
            left = Node::Binary(op, Box::new((left, self.signed()?)));
        }
    }

    fn signed(&mut self) -> Result<Node, String> {
        if self.eat("-") {
            return self.nested(Self::signed).map(|x| Node::Negated(Box::new(x)));
        }
        let base = self.atom()?;
        if self.eat("**") {
            let exponent = self.nested(Self::signed)?;
            return Ok(Node::Binary('^', Box::new((base, exponent))));
        }
        Ok(base)
    }

    fn nested(&mut self, parse: fn(&mut Self) -> Result<Node, String>) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("brackets and signs may nest {MAX_DEPTH} deep"));
        }
        let node = parse(self)?;
        self.depth -= 1;
        Ok(node)
    }

    /// The letters or digits that come next.
    fn word(&mut self, of: fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !of(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn number(&mut self) -> Result<i64, String> {
        let negative = self.eat("-");
        let digits = self.word(|c| c.is_ascii_digit());
        let n = digits.parse::<i64>().map_err(|_| match digits {
            "" => format!("a number is missing before {:?}", self.rest),
            long => format!("{long} has more than 64 bits"),
        })?;
        Ok(if negative { -n } else { n })
    }

    fn atom(&mut self) -> Result<Node, String> {
        if self.eat("(") {
            let node = self.nested(Self::sum)?;
            return self.expect(")").map(|()| node);
        }
        if self.eat("{") {
            return self.listed();
        }
        match self.rest.chars().next() {
            Some(c) if c.is_ascii_digit() => self.number().map(Node::Number),
            Some(c) if c.is_alphabetic() => {
                let word = self.word(char::is_alphanumeric);
                self.named(word)
            }
            Some(_) => Err(format!("a number or a name is missing before {:?}", self.rest)),
            None => Err("a number or a name is missing at the end".into()),
        }
    }

    fn named(&mut self, word: &str) -> Result<Node, String> {
        if self.eat("(") {
            let argument = self.nested(Self::sum)?;
            self.expect(")")?;
            return match word {
                "digits" => Ok(Node::Digits(Box::new(argument))),
                "abs" => Ok(Node::Abs(Box::new(argument))),
                _ => Err(format!("there is no function {word}; there are digits(…) and abs(…)")),
            };
        }
        match word.chars().next() {
            Some(name) if word.len() == 1 && self.names.contains(name) => Ok(Node::Name(name)),
            _ if word == "mod" => Err("write % for mod".into()),
            _ => {
                let names: Vec<_> = self.names.chars().map(String::from).collect();
                Err(format!("{word:?} means nothing here; there are {}", names.join(", ")))
            }
        }
    }

    fn listed(&mut self) -> Result<Node, String> {
        let mut pairs = Vec::new();
        while !self.eat("}") {
            let key = match self.rest.chars().next() {
                Some(c) if c.is_ascii_digit() || c == '-' => self.number()?,
                _ => {
                    let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
                    self.rest = self.rest.trim_start_matches(['\'', '"']);
                    let word = self.word(|c| !matches!(c, ':' | ',' | '}' | '\'' | '"'));
                    if quote.is_some_and(|quote| !self.eat(&quote.to_string())) || word.is_empty() {
                        return Err("a list of hashes is written {A: 3, 17: 4}".into());
                    }
                    (self.letters)(word)
                }
            };
            self.expect(":")?;
            pairs.push((key, self.number()?));
            if !self.eat(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Node::Listed(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Formula, String> {
        Formula::parse(text, "kmhi", |word| word.len() as i64 * 100)
    }

    #[test]
    fn they_are_worked_out_as_python_does() {
        let names = Names { k: 31, m: 13, h: -5, i: 3 };
        for (text, value) in [
            ("2*k+5", 67),
            ("7 - k % 7", 4),
            ("1+k%(m-1)", 8),
            ("i+3*i*i", 30),
            ("(i + i**2) // 2", 6),
            ("-k % m", 8),
            ("h//2", -3),
            ("h % 4", 3),
            ("-2**2", -4),
            ("2**3**2", 512),
            ("digits(k*k)", 16),
            ("abs(h)-1-1", 3),
            ("{31: 7, ab: 2}", 7),
            ("{30: 7}", 0),
            ("k % (m-13)", 0),
            ("k**40", 0),
            ("{'ab': 5}", 0),
        ] {
            assert_eq!(parse(text).unwrap().value(names), value, "{text}");
        }
        assert_eq!(parse("{'ab': 5}").unwrap().value(Names { k: 200, ..names }), 5);
        assert_eq!(parse(" 2 * k ").unwrap().to_string(), "2*k");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("2k", "write * before \"k\""),
            ("k^2", "write **"),
            ("k/2", "write //"),
            ("k mod 7", "means nothing here"),
            ("kmod7", "means nothing here"),
            ("x+1", "\"x\" means nothing here; there are k, m, h, i"),
            ("sqrt(k)", "there is no function sqrt"),
            ("(k", "\")\" is missing"),
            ("", "missing at the end"),
            ("k+", "missing at the end"),
            ("{A}", "\":\" is missing"),
            ("{:3}", "is written {A: 3, 17: 4}"),
            ("99999999999999999999", "more than 64 bits"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(parse(&"(".repeat(900)).expect_err("deep").contains("nest"));
        assert!(parse(&"-".repeat(900)).expect_err("deep").contains("nest"));
        assert!(parse(&"1+".repeat(900)).expect_err("long").contains("characters"));
    }
}
