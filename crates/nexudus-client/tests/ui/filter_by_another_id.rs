//! A filter on a relation takes ids of the entity that it points at.

use nexudus_client::Id;
use nexudus_client::model::spaces::Booking;
use nexudus_client::model::sys::User;

fn main() {
    let user: Id<User> = Id::new(5);
    let _ = Booking::COWORKER_ID.eq(user); //~ From<nexudus_client::Id<User>>
}
