//! A local, stateful Nexudus service for development and tests
