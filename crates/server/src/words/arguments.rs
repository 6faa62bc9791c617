//! Which messages a file has, and what each takes: so that languages can be compared.

use fluent_syntax::{
    ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use std::collections::{BTreeMap, BTreeSet};

/// By name, `id` or `id.attribute`, what a message takes.
pub(crate) type Signatures = BTreeMap<String, BTreeSet<String>>;

/// The messages of a file; of a broken one, those that can be read.
pub(crate) fn signatures(source: &str) -> Signatures {
    let resource = parser::parse(source).unwrap_or_else(|(resource, _)| resource);
    let mut found = Signatures::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        if let Some(value) = &message.value {
            found.insert(message.id.name.into(), taken(value));
        }
        for attribute in &message.attributes {
            found.insert(format!("{}.{}", message.id.name, attribute.id.name), taken(&attribute.value));
        }
    }
    found
}

fn taken(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    of_pattern(pattern, &mut names);
    names
}

fn of_pattern(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, names);
        }
    }
}

fn of_expression(expression: &Expression<&str>, names: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, names),
        Expression::Select { selector, variants } => {
            of_inline(selector, names);
            variants.iter().for_each(|variant| of_pattern(&variant.value, names));
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            names.insert(id.name.into());
        }
        InlineExpression::Placeable { expression } => of_expression(expression, names),
        InlineExpression::FunctionReference { arguments, .. } => of_arguments(arguments, names),
        InlineExpression::TermReference { arguments: Some(arguments), .. } => of_arguments(arguments, names),
        _ => {}
    }
}

fn of_arguments(arguments: &CallArguments<&str>, names: &mut BTreeSet<String>) {
    arguments.positional.iter().for_each(|inline| of_inline(inline, names));
    arguments.named.iter().for_each(|named| of_inline(&named.value, names));
}
