"""R24: mentors have goals too, about themselves only."""

from tests.flows.matching_people import a_city, a_couple
from tests.stack import Stack


def test_a_mentor_writes_goals_of_her_own_which_the_mentee_reads_and_cannot_change(stack: Stack) -> None:
    with a_city(stack) as city:
        couple = a_couple(city).until_trial()
        mine = couple.ask("goals", {"text": "Ask before I answer."}, couple.mentor)
        assert (mine.status, mine.body["owner"]) == (201, "mentor")
        path = f"/goals/{mine.body['id']}"
        refused = city.ask("PUT", path, city.headers(couple.mentee), json={"text": "Answer."})
        assert (refused.status, refused.body["code"]) == (403, "not_your_goal")
        said = city.post(f"{path}/comments", {"text": "You do!"}, city.headers(couple.mentee))
        assert said.status == 201
        changed = city.ask("PUT", path, city.headers(couple.mentor), json={"text": "Ask twice."})
        assert (changed.status, changed.body["version"]) == (200, 2)


def test_each_side_has_a_bounded_number_of_goals(stack: Stack) -> None:
    with a_city(stack) as city:
        couple = a_couple(city).until_trial()
        answers = [couple.ask("goals", {"text": f"Goal {n}"}, couple.mentor) for n in range(11)]
        assert [answer.status for answer in answers] == [201] * 10 + [409]
        assert answers[-1].body["code"] == "too_many_goals"
        assert couple.ask("goals", {"text": "Mine"}, couple.mentee).status == 201
