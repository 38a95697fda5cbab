//! Commands and actions of an entity.

use std::fmt;
use std::marker::PhantomData;

use crate::entity::Entity;
use crate::facts::{Action, ActionBody, CommandFacts, ResponseContent};

/// A constant of a record that holds a position in one of the lists of the entity's table.
macro_rules! constant {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<E> {
            at: usize,
            entity: PhantomData<fn(E)>,
        }

        impl<E> Clone for $name<E> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<E> Copy for $name<E> {}

        impl<E> $name<E> {
            #[doc(hidden)]
            pub const fn at(at: usize) -> Self {
                Self { at, entity: PhantomData }
            }
        }
    };
}

constant! {
    /// A command of the records of entity `E`: a constant of the record, such as `Booking::CANCEL_BOOKING`.
    ///
    /// The service may have others: wherever such a constant goes, the key as text goes too.
    CommandOf
}

constant! {
    /// A call of the service that belongs to entity `E` but not to the pattern that all entities share: a constant of
    /// the record, such as `Booking::AVAILABLE_ACTION`.
    ActionOf
}

impl<E: Entity> CommandOf<E> {
    /// What is known of the command.
    pub fn facts(self) -> &'static CommandFacts {
        // Generated code gives positions in the table; the fallback keeps this from panicking all the same.
        const NONE: CommandFacts =
            CommandFacts { key: "", doc: None, parameters: &[], answer: ResponseContent::Unknown, unlisted: false };
        E::table().known_commands.get(self.at).unwrap_or(&NONE)
    }

    /// The key that is sent.
    pub fn key(self) -> &'static str {
        self.facts().key
    }
}

impl<E: Entity> ActionOf<E> {
    /// What is known of the action.
    pub fn action(self) -> &'static Action {
        const NONE: Action = Action {
            name: "",
            doc: None,
            method: "",
            path: "",
            query: &[],
            body: ActionBody::Nothing,
            answer: ResponseContent::Unknown,
            answer_keys: &[],
            anonymous: false,
            safe: false,
        };
        E::table().actions.get(self.at).unwrap_or(&NONE)
    }
}

impl<E: Entity> From<CommandOf<E>> for String {
    fn from(command: CommandOf<E>) -> Self {
        command.key().to_owned()
    }
}

impl<E: Entity> AsRef<str> for CommandOf<E> {
    fn as_ref(&self) -> &str {
        self.key()
    }
}

impl<E: Entity> fmt::Display for CommandOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl<E: Entity> fmt::Debug for CommandOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", E::table().name, self.key())
    }
}

impl<E: Entity> fmt::Debug for ActionOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", E::table().name, self.action().name)
    }
}
