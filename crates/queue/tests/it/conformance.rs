//! What every queue of tasks must do, run on each of them.

use std::sync::Arc;
use std::time::Duration;

use queue::memory::MemoryQueue;
use queue::redis::RedisQueue;
use queue::worker::Roster;
use queue::{Consumer, Delivery, Failure, FailureKind, Outcome, Progress, QueueError, Task, TaskQueue};
use serde_json::json;

use crate::server::RedisServer;
use crate::support::{LONG, nothing};

async fn join(queue: &dyn TaskQueue, name: &str) -> (Arc<dyn Consumer>, Arc<Roster>) {
    let roster = Arc::new(Roster::new(vec![name.into()], vec!["t.nothing".into()], 1));
    (queue.consumer(roster.clone()).await.unwrap(), roster)
}

async fn one(consumer: &dyn Consumer) -> Delivery {
    let mut taken = tokio::time::timeout(LONG, consumer.next(1)).await.expect("a task in time").unwrap();
    assert_eq!(taken.len(), 1);
    taken.remove(0)
}

async fn none(consumer: &dyn Consumer) {
    assert!(tokio::time::timeout(Duration::from_millis(150), consumer.next(1)).await.is_err(), "nothing is there");
}

async fn done(consumer: &dyn Consumer, delivery: &Delivery, result: i64) {
    consumer.finish(delivery, &Outcome::Done(result.into()), 0.1).await.unwrap();
}

fn failure() -> Failure {
    Failure::new(FailureKind::Input, "so")
}

async fn what_is_submitted_is_done(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q1").await;
    let trace = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    let task = Task { kwargs: json!({"a": ["é", null]}).as_object().unwrap().clone(), trace, ..nothing("q1") };
    let id = queue.submit(task.clone()).await.unwrap();
    assert_eq!(id, task.id);
    assert_eq!(queue.backlog("q1").await.unwrap().length, 1);
    assert!(queue.backlog("q1").await.unwrap().oldest_ms.is_some_and(|ms| ms < 10_000));
    let delivery = one(&*consumer).await;
    let sent_unix_ms = delivery.task.sent_unix_ms;
    assert_eq!(delivery.task, Task { sent_unix_ms, ..task });
    assert!(!delivery.redelivered && !delivery.revoked && delivery.done.is_none());
    assert_eq!(queue.backlog("q1").await.unwrap().length, 0);
    let late = queue.outcome(&id, Duration::from_millis(50)).await;
    assert_eq!(late, Err(QueueError::Late(50)));
    done(&*consumer, &delivery, 7).await;
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(7.into()));
    none(&*consumer).await;
}

async fn who_waits_is_woken(queue: &Arc<dyn TaskQueue>) {
    let (consumer, _) = join(&**queue, "q2").await;
    let taking = tokio::spawn(async move { (one(&*consumer).await, consumer) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let id = queue.submit(nothing("q2")).await.unwrap();
    let (delivery, consumer) = taking.await.unwrap();
    let (asking, asked) = (queue.clone(), id.clone());
    let waiting = tokio::spawn(async move { asking.outcome(&asked, LONG).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    done(&*consumer, &delivery, 1).await;
    assert_eq!(waiting.await.unwrap().unwrap(), Outcome::Done(1.into()));
}

async fn priority_comes_first_then_who_was_there_first(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q3").await;
    let mut ids = Vec::new();
    for priority in [9, 0, 3, 0] {
        ids.push(queue.submit(Task { priority, ..nothing("q3") }).await.unwrap());
    }
    let mut taken = Vec::new();
    while taken.len() < 4 {
        let more = consumer.next(4).await.unwrap();
        for delivery in &more {
            done(&*consumer, delivery, 0).await;
        }
        taken.extend(more.into_iter().map(|delivery| delivery.task.id));
    }
    assert_eq!(taken, [1, 3, 2, 0].map(|place: usize| ids[place].clone()));
}

async fn the_same_task_is_put_once(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q4").await;
    let task = nothing("q4");
    queue.submit(task.clone()).await.unwrap();
    queue.submit(task).await.unwrap();
    let first = Task { idempotency_key: Some("k4".into()), ..nothing("q4") };
    let id = queue.submit(first.clone()).await.unwrap();
    let again = Task { idempotency_key: Some("k4".into()), ..nothing("q4") };
    assert_eq!(queue.submit(again).await.unwrap(), id);
    for _ in 0..2 {
        let delivery = one(&*consumer).await;
        done(&*consumer, &delivery, 4).await;
    }
    none(&*consumer).await;
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(4.into()));
}

async fn what_is_given_back_comes_first_again(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q5").await;
    let (first, second) = (queue.submit(nothing("q5")).await.unwrap(), queue.submit(nothing("q5")).await.unwrap());
    let delivery = one(&*consumer).await;
    consumer.give_back(&delivery).await.unwrap();
    let again = one(&*consumer).await;
    assert_eq!((again.task.id.as_str(), again.redelivered, again.task.retries), (first.as_str(), true, 0));
    // giving back what is no longer held changes nothing
    done(&*consumer, &again, 1).await;
    consumer.give_back(&again).await.unwrap();
    let other = one(&*consumer).await;
    assert_eq!(other.task.id, second);
    done(&*consumer, &other, 2).await;
    none(&*consumer).await;
}

async fn a_retry_waits_and_counts(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q6").await;
    let id = queue.submit(Task { priority: 3, ..nothing("q6") }).await.unwrap();
    let delivery = one(&*consumer).await;
    consumer.retry(&delivery, &failure(), Duration::from_secs(3)).await.unwrap();
    let again = one(&*consumer).await;
    assert_eq!((again.task.id.as_str(), again.task.retries, again.task.priority), (id.as_str(), 1, 3));
    let wait_ms = again.task.wait_ms(queue::now_unix_ms());
    assert!((1..=3000).contains(&wait_ms), "{wait_ms}");
    assert_eq!(queue.outcome(&id, Duration::from_millis(20)).await, Err(QueueError::Late(20)), "it is not over");
    done(&*consumer, &again, 0).await;
}

async fn the_dead_are_listed_and_replayed(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q7").await;
    let id = queue.submit(nothing("q7")).await.unwrap();
    let delivery = one(&*consumer).await;
    consumer.bury(&delivery, &failure()).await.unwrap();
    let Outcome::Failed(told) = queue.outcome(&id, LONG).await.unwrap() else { panic!("it failed") };
    assert_eq!((told.kind, told.message.as_str()), (FailureKind::Input, "so"));
    let dead = queue.dead("q7", 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].reason.as_str(), dead[0].id.as_str(), dead[0].task.as_str()), ("so", id.as_str(), "t.nothing"));
    assert!(matches!(queue.replay("q7", "nobody").await, Err(QueueError::Unknown(_))));
    queue.replay("q7", &dead[0].letter).await.unwrap();
    assert!(queue.dead("q7", 10).await.unwrap().is_empty());
    assert!(queue.replay("q7", &dead[0].letter).await.is_err(), "a letter is replayed once");
    let again = one(&*consumer).await;
    assert_eq!(again.task.id, id);
    done(&*consumer, &again, 3).await;
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(3.into()));
}

async fn who_leaves_hands_back(queue: &dyn TaskQueue) {
    let (leaving, _) = join(queue, "q8").await;
    let id = queue.submit(nothing("q8")).await.unwrap();
    one(&*leaving).await;
    leaving.close().await.unwrap();
    let (staying, _) = join(queue, "q8").await;
    let again = one(&*staying).await;
    assert_eq!((again.task.id.as_str(), again.redelivered), (id.as_str(), true));
    done(&*staying, &again, 0).await;
}

async fn what_is_called_off_is_marked(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q9").await;
    let id = queue.submit(nothing("q9")).await.unwrap();
    queue.cancel(&id).await.unwrap();
    let delivery = one(&*consumer).await;
    assert!(delivery.revoked);
    consumer.finish(&delivery, &Outcome::Revoked("revoked".into()), 0.0).await.unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Revoked("revoked".into()));
}

async fn pieces_come_in_order_and_late_followers_miss_nothing(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q10").await;
    let id = queue.submit(nothing("q10")).await.unwrap();
    let mut early = queue.follow(&id, LONG).await.unwrap();
    let delivery = one(&*consumer).await;
    for piece in 0..3_u8 {
        consumer.progress(&delivery, vec![piece; 2]).await.unwrap();
    }
    done(&*consumer, &delivery, 3).await;
    let mut late = queue.follow(&id, LONG).await.unwrap();
    for follower in [&mut early, &mut late] {
        for piece in 0..3_u8 {
            assert_eq!(follower.recv().await, Some(Progress::Chunk(vec![piece; 2])));
        }
        assert_eq!(follower.recv().await, Some(Progress::End(Outcome::Done(3.into()))));
        assert_eq!(follower.recv().await, None);
    }
    let mut nobody = queue.follow("nobody", Duration::from_millis(50)).await.unwrap();
    assert_eq!(nobody.recv().await, None, "whoever waits in vain is told");
}

async fn what_succeeded_stays_so(queue: &dyn TaskQueue) {
    let (consumer, _) = join(queue, "q11").await;
    let id = queue.submit(nothing("q11")).await.unwrap();
    let delivery = one(&*consumer).await;
    done(&*consumer, &delivery, 5).await;
    consumer.finish(&delivery, &Outcome::Failed(failure()), 0.0).await.unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(5.into()));
}

async fn large_things_go_beside(queue: &dyn TaskQueue) {
    let bytes: Vec<u8> = (0..100_000_u32).map(|i| i as u8).collect();
    let key = queue.put(bytes.clone(), LONG).await.unwrap();
    assert_eq!(queue.get(&key).await.unwrap(), Some(bytes));
    queue.forget(&key).await.unwrap();
    assert_eq!(queue.get(&key).await.unwrap(), None);
    let key = queue.put(vec![1], Duration::from_millis(40)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(queue.get(&key).await.unwrap(), None, "its time is over");
}

async fn conforms(queue: Arc<dyn TaskQueue>) {
    what_is_submitted_is_done(&*queue).await;
    who_waits_is_woken(&queue).await;
    priority_comes_first_then_who_was_there_first(&*queue).await;
    the_same_task_is_put_once(&*queue).await;
    what_is_given_back_comes_first_again(&*queue).await;
    a_retry_waits_and_counts(&*queue).await;
    the_dead_are_listed_and_replayed(&*queue).await;
    who_leaves_hands_back(&*queue).await;
    what_is_called_off_is_marked(&*queue).await;
    pieces_come_in_order_and_late_followers_miss_nothing(&*queue).await;
    what_succeeded_stays_so(&*queue).await;
    large_things_go_beside(&*queue).await;
}

#[tokio::test]
async fn in_the_process() {
    conforms(Arc::new(MemoryQueue::default())).await;
}

#[tokio::test]
async fn on_redis() {
    let server = RedisServer::start();
    conforms(Arc::new(RedisQueue::open(server.settings()).await.unwrap())).await;
    assert_eq!(server.cli(&["HLEN", "unacked"]), "0", "nothing is left behind");
    assert_eq!(server.cli(&["ZCARD", "unacked_index"]), "0");
}
