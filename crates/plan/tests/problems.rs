//! Problems with known answers, and refused ones.

use faultline_plan::psplib;
use faultline_plan::schedule::{
    Activity, Demand, Goal, ModelError, Precedence, Problem, Reservation, Resource, Solution, solve,
};

fn proved(problem: &Problem, goal: Goal) -> Solution {
    let solution = solve(problem, goal, &mut || false).expect("a problem without a fault");
    assert!(solution.proved(), "{solution:?}");
    solution
}

fn activity(duration: i64, amount: u32) -> Activity {
    Activity { duration, demands: vec![Demand { resource: 0, amount }], ..Activity::default() }
}

fn one_resource(capacity: u32) -> Problem {
    Problem { resources: vec![Resource { capacity, reserved: Vec::new() }], ..Problem::default() }
}

#[test]
fn a_psplib_file_is_read_and_solved() {
    let problem = psplib::read(include_str!("fixtures/small.sm")).unwrap();
    assert_eq!((problem.activities.len(), problem.precedences.len()), (6, 6));
    assert_eq!(proved(&problem, Goal::Makespan).upper, 9);
}

#[test]
fn broken_psplib_files_are_refused_with_the_line() {
    let text = include_str!("fixtures/small.sm");
    assert_eq!(psplib::read("hello").unwrap_err().line, 0);
    let wrong_count = text.replace("   2        1          1           4", "   2        1          2           4");
    assert_eq!(psplib::read(&wrong_count).unwrap_err().line, 20);
    let unknown_job = text.replace("   3        1          1           5", "   3        1          1           9");
    assert!(psplib::read(&unknown_job).unwrap_err().why.contains("does not exist"));
}

#[test]
fn work_waits_for_a_freeze_to_end() {
    let mut problem = one_resource(1);
    problem.add(activity(4, 1));
    problem.resources[0].reserved.push(Reservation { from: 3, to: 10, amount: 1 });
    assert_eq!(proved(&problem, Goal::Makespan).schedule.starts, [10]);
}

#[test]
fn started_work_stays_and_the_rest_goes_around_it() {
    let mut problem = one_resource(1);
    problem.add(Activity { fixed: Some(2), ..activity(5, 1) });
    problem.add(activity(3, 1));
    problem.add(activity(2, 1));
    let solution = proved(&problem, Goal::Makespan);
    assert_eq!((solution.schedule.starts, solution.upper), (vec![2, 7, 0], 10));
}

#[test]
fn weight_goes_first_when_only_one_can() {
    let mut problem = one_resource(1);
    problem.add(Activity { weight: 1, ..activity(2, 1) });
    problem.add(Activity { weight: 10, ..activity(3, 1) });
    let solution = proved(&problem, Goal::WeightedCompletion);
    assert_eq!((solution.schedule.starts, solution.upper), (vec![3, 0], 35));
}

#[test]
fn lags_count_from_start_to_start() {
    let mut problem = one_resource(2);
    let first = problem.add(activity(5, 1));
    let second = problem.add(activity(1, 1));
    problem.precedences.push(Precedence { from: first, to: second, lag: 2 });
    assert_eq!(proved(&problem, Goal::WeightedCompletion).schedule.starts, [0, 2]);
}

#[test]
fn nonsense_is_refused() {
    let with = |a: Activity| {
        let mut problem = one_resource(1);
        problem.add(a);
        solve(&problem, Goal::Makespan, &mut || false).unwrap_err()
    };
    assert!(matches!(with(activity(-1, 1)), ModelError::Time { activity: 0, time: -1 }));
    assert!(matches!(with(activity(1, 2)), ModelError::Capacity { amount: 2, capacity: 1, .. }));
    let unknown = Activity { demands: vec![Demand { resource: 7, amount: 1 }], ..Activity::default() };
    assert!(matches!(with(unknown), ModelError::Unknown { activity: 0 }));
    let mut circle = one_resource(1);
    let (a, b) = (circle.add(activity(1, 1)), circle.add(activity(1, 1)));
    circle.after(a, b, 0);
    circle.after(b, a, 0);
    let error = solve(&circle, Goal::Makespan, &mut || false).unwrap_err();
    assert_eq!(error, ModelError::Cycle { activities: vec![0, 1] });
}

#[test]
fn nothing_to_do_is_a_plan() {
    let solution = proved(&Problem::default(), Goal::Makespan);
    assert_eq!((solution.upper, solution.schedule.starts.len()), (0, 0));
}

#[test]
fn work_that_started_before_what_it_needs_holds_nothing_up() {
    let mut problem = one_resource(1);
    let late = problem.add(Activity { earliest: 9, weight: 1, ..activity(1, 1) });
    let started = problem.add(Activity { fixed: Some(2), ..activity(1, 0) });
    let next = problem.add(Activity { weight: 1, ..activity(4, 1) });
    problem.after(late, started, 0);
    problem.after(started, next, 0);
    let solution = proved(&problem, Goal::WeightedCompletion);
    assert_eq!(solution.schedule.starts, [9, 2, 3]);
}
