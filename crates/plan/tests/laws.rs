//! Laws that hold for every problem, tried on random ones.

use faultline_plan::schedule::{
    Activity, Demand, Goal, Precedence, Problem, Reservation, Resource, Solution, makespan_bounds, solve,
};
use proptest::prelude::*;

const GOALS: [Goal; 2] = [Goal::Makespan, Goal::WeightedCompletion];

prop_compose! {
    fn resources()(capacities in prop::collection::vec((1u32..4, 0i64..20, 0i64..6), 1..3)) -> Vec<Resource> {
        let resource = |(capacity, from, length): (u32, i64, i64)| Resource {
            capacity,
            reserved: vec![Reservation { from, to: from + length, amount: capacity }],
        };
        capacities.into_iter().map(resource).collect()
    }
}

prop_compose! {
    fn activity()(
        duration in 0i64..6,
        amount in 0u32..4,
        resource in 0usize..3,
        earliest in 0i64..4,
        weight in 0u64..5,
        fixed in prop::option::weighted(0.1, 0i64..5),
    ) -> (Activity, usize, u32) {
        (Activity { duration, demands: Vec::new(), earliest, weight, fixed }, resource, amount)
    }
}

prop_compose! {
    fn problem()(
        resources in resources(),
        activities in prop::collection::vec(activity(), 1..9),
        edges in prop::collection::vec((0usize..9, 0usize..9, 0i64..5), 0..10),
    ) -> Problem {
        let mut problem = Problem { resources, ..Problem::default() };
        for (mut activity, resource, amount) in activities {
            let resource = resource % problem.resources.len();
            let amount = amount.min(problem.resources[resource].capacity);
            activity.demands = vec![Demand { resource, amount }];
            problem.add(activity);
        }
        let count = problem.activities.len();
        for (from, to, lag) in edges {
            let (from, to) = (from % count, to % count);
            if from < to {
                problem.precedences.push(Precedence { from, to, lag });
            }
        }
        problem
    }
}

fn proved(problem: &Problem, goal: Goal) -> Solution {
    let solution = solve(problem, goal, &mut || false).expect("a problem without a fault");
    assert!(solution.proved(), "{goal:?} {solution:?}");
    solution
}

/// The same problem with its activities in another order.
fn relabelled(problem: &Problem, seed: usize) -> Problem {
    let count = problem.activities.len();
    let place = |a: usize| (count - 1 - a + seed) % count;
    let mut other = problem.clone();
    for (index, activity) in problem.activities.iter().enumerate() {
        other.activities[place(index)] = activity.clone();
    }
    for edge in &mut other.precedences {
        (edge.from, edge.to) = (place(edge.from), place(edge.to));
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn plans_keep_every_rule_and_no_bound_is_above_them(problem in problem()) {
        for goal in GOALS {
            let solution = proved(&problem, goal);
            solution.schedule.check(&problem).unwrap();
            prop_assert_eq!(goal.value(&problem, &solution.schedule), solution.upper);
            let network = faultline_plan::schedule::Network::new(&problem).unwrap();
            prop_assert!(goal.bound(&network) <= solution.upper);
            prop_assert!(makespan_bounds(&network).best() <= solution.schedule.makespan(&problem));
        }
    }

    #[test]
    fn relabelling_changes_nothing(problem in problem(), seed in 0usize..9) {
        for goal in GOALS {
            prop_assert_eq!(proved(&problem, goal).upper, proved(&relabelled(&problem, seed), goal).upper);
        }
    }

    #[test]
    fn more_capacity_never_hurts(problem in problem(), resource in 0usize..3) {
        let mut richer = problem.clone();
        let resource = resource % richer.resources.len();
        richer.resources[resource].capacity += 1;
        for goal in GOALS {
            prop_assert!(proved(&richer, goal).upper <= proved(&problem, goal).upper);
        }
    }

    #[test]
    fn stopping_at_once_still_gives_a_plan(problem in problem()) {
        for goal in GOALS {
            let solution = solve(&problem, goal, &mut || true).unwrap();
            solution.schedule.check(&problem).unwrap();
            prop_assert!(solution.lower <= solution.upper);
        }
    }
}
