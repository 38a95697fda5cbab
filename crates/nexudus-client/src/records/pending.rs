//! Typed results of untyped calls.
//!
//! The code between a call and its response works on tables and is compiled once, in this crate. Only the conversion to
//! the result type depends on the entity and is compiled in the program. An `async fn` would add a state machine for
//! each entity and operation.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use nexudus_core::transport::BoxFuture;
use nexudus_core::{AnyPage, DecodeError, Entity, Envelope, Full, Id, Page, Record, Rows};

use crate::error::Error;

/// A call without types.
pub(crate) type Erased<T> = BoxFuture<'static, Result<T, Error>>;

/// A call: awaited, it is made, and gives its result.
///
/// It holds nothing of the endpoint that it came from, so it can be spawned, and dropping it calls it off.
#[must_use = "a call does nothing until it is awaited"]
pub struct Pending<T: Typed> {
    call: Erased<T::Erased>,
}

impl<T: Typed> Pending<T> {
    pub(crate) fn new(call: Erased<T::Erased>) -> Self {
        Self { call }
    }
}

impl<T: Typed> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.call.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(untyped)) => Poll::Ready(T::typed(untyped).map_err(Error::other_entity)),
        }
    }
}

impl<T: Typed> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// What a [`Pending`] can give.
pub trait Typed: Sized {
    /// The same without the type of its entity.
    #[doc(hidden)]
    type Erased;
    /// Puts the type on.
    #[doc(hidden)]
    fn typed(untyped: Self::Erased) -> Result<Self, DecodeError>;
}

impl<E: Entity> Typed for Full<E> {
    type Erased = Full<dyn Record>;

    fn typed(untyped: Self::Erased) -> Result<Self, DecodeError> {
        untyped.typed()
    }
}

impl<T: Typed> Typed for Option<T> {
    type Erased = Option<T::Erased>;

    fn typed(untyped: Self::Erased) -> Result<Self, DecodeError> {
        untyped.map(T::typed).transpose()
    }
}

impl<E: Entity> Typed for Vec<E> {
    type Erased = Rows;

    fn typed(untyped: Self::Erased) -> Result<Self, DecodeError> {
        untyped.typed()
    }
}

impl<E: Entity> Typed for Page<E> {
    type Erased = AnyPage;

    fn typed(untyped: Self::Erased) -> Result<Self, DecodeError> {
        untyped.typed()
    }
}

impl<E: Entity> Typed for Id<E> {
    type Erased = i64;

    fn typed(untyped: i64) -> Result<Self, DecodeError> {
        Ok(Self::new(untyped))
    }
}

/// Marks types that do not depend on an entity.
macro_rules! untyped {
    ($($type:ty),*) => {$(
        impl $crate::records::pending::Typed for $type {
            type Erased = Self;

            fn typed(untyped: Self) -> Result<Self, nexudus_core::DecodeError> {
                Ok(untyped)
            }
        }
    )*};
}

pub(crate) use untyped;

untyped!((), bool, u64, Envelope);
