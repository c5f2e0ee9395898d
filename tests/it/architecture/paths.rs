//! Every path that a file names, with the line it stands on: in `use` trees, in
//! types, in expressions and inside macros.
//!
//! Works on tokens, not on text: what stands in a comment, a document or a
//! string names nothing. Not on syntax trees either: those end at a macro.

use std::iter::Peekable;
use std::slice::Iter;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::source::Source;

/// A path as it was written, seen from the module it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The module it stands in, inline modules included.
    pub within: Vec<String>,
    /// Its segments; a glob is `*`.
    pub segments: Vec<String>,
    /// Its line.
    pub line: usize,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An item of this crate, from the root: the module first.
    Own(Vec<String>),
    /// Something that starts with this name: a foreign crate, if there is one of that name.
    Elsewhere(String),
}

impl Named {
    /// Resolves `crate`, `self` and `super`.
    pub fn target(&self) -> Target {
        let mut here = self.within.clone();
        let mut rest = self.segments.iter().peekable();
        match rest.peek().map(|first| first.as_str()) {
            // In `main.rs` the library is a foreign crate of this name.
            Some("crate" | "flexbridge") => {
                rest.next();
                here.clear();
            }
            Some("self") => drop(rest.next()),
            Some("super") => {}
            _ => return Target::Elsewhere(self.segments[0].clone()),
        }
        while rest.next_if(|segment| *segment == "super").is_some() {
            here.pop();
        }
        here.extend(rest.cloned());
        Target::Own(here)
    }
}

/// Every path that the file names.
pub fn named(source: &Source) -> Vec<Named> {
    let tokens = TokenStream::from_str(&source.text)
        .unwrap_or_else(|error| panic!("{} is not Rust: {error}", source.path));
    let mut found = Vec::new();
    walk(tokens, &source.module(), &mut found);
    found
}

type Tokens<'a> = Peekable<Iter<'a, TokenTree>>;

fn walk(stream: TokenStream, within: &[String], found: &mut Vec<Named>) {
    let list: Vec<TokenTree> = stream.into_iter().collect();
    let mut tokens = list.iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => walk(group.stream(), within, found),
            TokenTree::Ident(word) if word == "use" => {
                use_tree(&mut tokens, &[], within, found);
            }
            TokenTree::Ident(word) if word == "mod" => inline_module(&mut tokens, within, found),
            TokenTree::Ident(word) => {
                let line = word.span().start().line;
                let segments = path(word.to_string(), &mut tokens);
                // One word alone is a keyword, a variable or something imported.
                if segments.len() > 1 {
                    found.push(Named {
                        within: within.to_vec(),
                        segments,
                        line,
                    });
                }
            }
            _ => {}
        }
    }
}

/// `mod name { … }`: what is inside counts its `super`s from there.
fn inline_module(tokens: &mut Tokens<'_>, within: &[String], found: &mut Vec<Named>) {
    let Some(TokenTree::Ident(name)) = tokens.next() else {
        return;
    };
    let Some(TokenTree::Group(body)) = tokens.peek() else {
        return;
    };
    let mut inside = within.to_vec();
    inside.push(name.to_string());
    walk(body.stream(), &inside, found);
    tokens.next();
}

/// The rest of a path that begins with `first`: `first::second::third`.
fn path(first: String, tokens: &mut Tokens<'_>) -> Vec<String> {
    let mut segments = vec![first];
    while double_colon(tokens) {
        match tokens.peek() {
            Some(TokenTree::Ident(next)) => {
                segments.push(next.to_string());
                tokens.next();
            }
            _ => break,
        }
    }
    segments
}

/// Takes `::` if it comes next.
fn double_colon(tokens: &mut Tokens<'_>) -> bool {
    let mut ahead = tokens.clone();
    if is_colon(ahead.next()) && is_colon(ahead.next()) {
        *tokens = ahead;
        return true;
    }
    false
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    is_punct(token, ':')
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == sign)
}

/// One branch of a `use` tree and, after a comma, the next ones: each leaf is a path.
fn use_tree(tokens: &mut Tokens<'_>, above: &[String], within: &[String], found: &mut Vec<Named>) {
    let mut branch = above.to_vec();
    let mut line = 0;
    let mut leaf = false;
    while let Some(token) = tokens.peek() {
        match token {
            TokenTree::Ident(word) if word == "as" => {
                tokens.next();
            }
            TokenTree::Ident(word) => {
                line = word.span().start().line;
                branch.push(word.to_string());
                leaf = true;
            }
            TokenTree::Punct(sign) if sign.as_char() == '*' => {
                branch.push("*".to_owned());
                leaf = true;
            }
            TokenTree::Punct(sign) if sign.as_char() == ',' => {
                tokens.next();
                leaf_found(leaf, branch, line, within, found);
                return use_tree(tokens, above, within, found);
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' => {}
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let list: Vec<TokenTree> = group.stream().into_iter().collect();
                use_tree(&mut list.iter().peekable(), &branch, within, found);
                leaf = false;
            }
            // `;`, or `<` of a precise capture (`use<'_>`), which imports nothing.
            _ => break,
        }
        tokens.next();
    }
    leaf_found(leaf, branch, line, within, found);
}

fn leaf_found(
    leaf: bool,
    segments: Vec<String>,
    line: usize,
    within: &[String],
    found: &mut Vec<Named>,
) {
    if leaf {
        found.push(Named {
            within: within.to_vec(),
            segments,
            line,
        });
    }
}
