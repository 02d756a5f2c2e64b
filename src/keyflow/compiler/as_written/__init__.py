"""A `StateMachine` whose author keeps the data: its states as they stand, and the ladder that undoes them."""
