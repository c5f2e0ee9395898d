//! Where a mutant can be planted: every condition, every function that only says yes or no.

use std::ops::Range;

use quote::ToTokens;
use syn::{
    BinOp, Expr, ExprBinary, ExprIf, ExprMatch, ImplItemFn, Item, ItemFn, ItemMod, ReturnType,
    Signature, Type, spanned::Spanned as _, visit, visit::Visit,
};

/// What stands at a point, and so how it is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An expression that is true or false.
    Condition,
    /// The body of a function that answers with a `bool`.
    Answer,
    /// The body of a function that answers with `Result<(), _>`: it can only refuse.
    Check,
}

/// A place in a file.
#[derive(Debug, Clone)]
pub struct Point {
    /// What stands there.
    pub kind: Kind,
    /// Bytes of the expression, or of the body's inside.
    pub bytes: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// The function around it.
    pub function: String,
    /// The expression, in one line.
    pub text: String,
}

/// The points of a file, outermost first where they nest.
///
/// # Errors
/// The file is not Rust.
pub fn points(source: &str) -> syn::Result<Vec<Point>> {
    let mut finder = Finder::default();
    finder.visit_file(&syn::parse_file(source)?);
    let mut points = finder.points;
    points.sort_by_key(|point| (point.bytes.start, std::cmp::Reverse(point.bytes.end)));
    points.dedup_by(|one, other| one.bytes == other.bytes && one.kind == other.kind);
    Ok(points)
}

#[derive(Default)]
struct Finder {
    points: Vec<Point>,
    function: String,
}

impl Finder {
    fn add(&mut self, kind: Kind, node: &impl ToTokens, bytes: Range<usize>) {
        let mut text = node.to_token_stream().to_string();
        text.retain(|character| character != '\n');
        self.points.push(Point {
            kind,
            bytes,
            line: node.span().start().line,
            function: self.function.clone(),
            text: text.chars().take(100).collect(),
        });
    }

    fn condition(&mut self, expression: &Expr) {
        match expression {
            // Bindings must stay; what stands beside them is a condition of its own.
            Expr::Let(_) => {}
            Expr::Paren(inner) => self.condition(&inner.expr),
            Expr::Binary(both) if is_logic(&both.op) => {
                self.condition(&both.left);
                self.condition(&both.right);
                if !binds(expression) {
                    self.whole(expression);
                }
            }
            _ => self.whole(expression),
        }
    }

    fn whole(&mut self, expression: &Expr) {
        self.add(Kind::Condition, expression, expression.span().byte_range());
    }

    fn function(&mut self, signature: &Signature, body: &syn::Block) {
        if signature.constness.is_some() {
            return;
        }
        let outer = std::mem::replace(&mut self.function, signature.ident.to_string());
        let kind = match &signature.output {
            ReturnType::Type(_, answer) if is_bool(answer) => Some(Kind::Answer),
            ReturnType::Type(_, answer) if is_check(answer) => Some(Kind::Check),
            _ => None,
        };
        if let Some(kind) = kind {
            let all = body.span().byte_range();
            self.add(kind, signature, all.start + 1..all.end - 1);
        }
        visit::visit_block(self, body);
        self.function = outer;
    }
}

fn is_logic(operator: &BinOp) -> bool {
    matches!(operator, BinOp::And(_) | BinOp::Or(_))
}

fn is_comparison(operator: &BinOp) -> bool {
    matches!(
        operator,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}

/// Whether a condition binds a name somewhere (`a && let Some(b) = c`).
fn binds(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(both) => binds(&both.left) || binds(&both.right),
        _ => false,
    }
}

fn is_bool(answer: &Type) -> bool {
    answer.to_token_stream().to_string() == "bool"
}

fn is_check(answer: &Type) -> bool {
    let text = answer.to_token_stream().to_string();
    text.starts_with("Result < ()")
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string();
        text.contains("test")
    })
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        // What the compiler computes can't ask the environment.
        if !matches!(item, Item::Const(_) | Item::Static(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !is_test(&function.attrs) {
            self.function(&function.sig, &function.block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.function(&function.sig, &function.block);
    }

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    fn visit_expr_if(&mut self, expression: &'ast ExprIf) {
        self.condition(&expression.cond);
        visit::visit_expr_if(self, expression);
    }

    fn visit_expr_match(&mut self, expression: &'ast ExprMatch) {
        for arm in &expression.arms {
            if let Some((_, guard)) = &arm.guard {
                self.condition(guard);
            }
        }
        visit::visit_expr_match(self, expression);
    }

    fn visit_expr_binary(&mut self, both: &'ast ExprBinary) {
        if is_comparison(&both.op) {
            self.add(Kind::Condition, both, both.span().byte_range());
        } else if is_logic(&both.op) {
            self.condition(&Expr::Binary(both.clone()));
        }
        visit::visit_expr_binary(self, both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_operands_guards_and_bodies_are_found() {
        let source = "fn f(a: u8) -> Result<(), E> { if a == 1 && g(a) { return Err(E); } match a { b if b > 2 => Ok(()), _ => Ok(()) } }
            fn g(a: u8) -> bool { a != 3 }
            const C: bool = 1 == 2;
            #[cfg(test)] mod tests { fn h() -> bool { 1 == 1 } }
            fn l(o: Option<u8>) { if let Some(x) = o && x == 4 {} }";
        let found: Vec<String> = points(source)
            .unwrap()
            .into_iter()
            .map(|point| match point.kind {
                Kind::Condition => source[point.bytes].to_owned(),
                Kind::Answer => "bool".to_owned(),
                Kind::Check => "check".to_owned(),
            })
            .collect();
        assert_eq!(
            found,
            [
                "check",
                "a == 1 && g(a)",
                "a == 1",
                "g(a)",
                "b > 2",
                "bool",
                "a != 3",
                "x == 4"
            ]
        );
    }
}
