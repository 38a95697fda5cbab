//! A value for every required property, whatever its type.

use std::borrow::Cow;

use nexudus_model::core::{EnumFormat, Reading, SlotValue, Token};

/// Some value of the type that is asked for: the first of a few that it reads as its own.
pub(crate) fn given<T: SlotValue>() -> T {
    let text = |text: &'static str| Token::Text(Cow::Borrowed(text));
    let tokens = [
        Token::Number("1"),
        Token::Bool(true),
        Token::Array("[]"),
        text("2025-01-15T10:30:00Z"),
        text("a1b2c3d4-e5f6-7890-abcd-ef1234567890"),
    ];
    let read = |token| {
        let read = T::read(token, EnumFormat::Number);
        read.value.filter(|_| read.reading == Reading::Exact)
    };
    tokens.into_iter().find_map(read).expect("every type reads one of these")
}
