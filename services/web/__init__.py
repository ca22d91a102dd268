"""Pages for people: a backend-for-frontend without store or log. It asks the services over HTTP, as the person who visits."""
