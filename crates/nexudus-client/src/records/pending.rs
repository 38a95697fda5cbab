//! Typed results of untyped calls.
//!
//! The code between a call and its response works on tables and is compiled once, in this crate. Only the conversion to
//! the result type depends on the entity and is compiled in the program. An `async fn` would add a state machine for
//! each entity and operation.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::task::FutureObj;
use nexudus_core::transport::BoxFuture;
use nexudus_core::{AnyFull, AnyPage, Entity, Envelope, Full, Id, Page, Rows};

use crate::error::Error;

/// A call without types.
pub(crate) type Erased<T> = BoxFuture<'static, Result<T, Error>>;

/// A call: awaited, it is made, and gives its result.
///
/// It holds nothing of the endpoint that it came from, so it can be spawned, and dropping it calls it off.
#[must_use = "a call does nothing until it is awaited"]
pub struct Pending<T: Typed> {
    /// Not a box: dropping a box is compiled into each of the many places that a program drops a call in. This one is
    /// dropped by a function that it points to.
    call: FutureObj<'static, Result<T::Erased, Error>>,
}

impl<T: Typed> Pending<T> {
    pub(crate) fn new(call: Erased<T::Erased>) -> Self {
        Self { call: FutureObj::new(call) }
    }
}

impl<T: Typed> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match Pin::new(&mut self.call).poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(untyped) => Poll::Ready(T::typed(untyped)),
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
    type Erased: 'static;
    /// Puts the type on.
    #[doc(hidden)]
    fn typed(untyped: Result<Self::Erased, Error>) -> Result<Self, Error>;
}

impl<E: Entity> Typed for Full<E> {
    type Erased = AnyFull;

    fn typed(untyped: Result<AnyFull, Error>) -> Result<Self, Error> {
        Self::from_untyped(untyped, Error::other_entity)
    }
}

impl<T: Typed> Typed for Option<T> {
    type Erased = Option<T::Erased>;

    fn typed(untyped: Result<Self::Erased, Error>) -> Result<Self, Error> {
        untyped?.map(|untyped| T::typed(Ok(untyped))).transpose()
    }
}

impl<E: Entity> Typed for Vec<E> {
    type Erased = Rows;

    fn typed(untyped: Result<Rows, Error>) -> Result<Self, Error> {
        untyped?.typed().map_err(Error::other_entity)
    }
}

impl<E: Entity> Typed for Page<E> {
    type Erased = AnyPage;

    fn typed(untyped: Result<AnyPage, Error>) -> Result<Self, Error> {
        Self::from_untyped(untyped, Error::other_entity)
    }
}

impl<E: Entity> Typed for Id<E> {
    type Erased = i64;

    fn typed(untyped: Result<i64, Error>) -> Result<Self, Error> {
        match untyped {
            Ok(id) => Ok(Self::new(id)),
            Err(error) => Err(error),
        }
    }
}

/// Marks types that do not depend on an entity.
macro_rules! untyped {
    ($($type:ty),*) => {$(
        impl $crate::records::pending::Typed for $type {
            type Erased = Self;

            fn typed(untyped: Result<Self, $crate::Error>) -> Result<Self, $crate::Error> {
                untyped
            }
        }
    )*};
}

pub(crate) use untyped;

untyped!((), bool, u64, Envelope);
