//! Many questions at once. It must not know what is asked.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

/// What the runtime is given: one kind of task, since it has code of its own for each.
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a task leaves its answer.
type Place<T> = Arc<Mutex<Option<T>>>;

/// The answers, in the order of the questions. Dropping it drops what was not answered yet.
pub(super) async fn answers<Q>(questions: impl Iterator<Item = Q>) -> Vec<Q::Output>
where
    Q: Future<Output: Send + 'static> + Send + 'static,
{
    let (tasks, places): (Vec<_>, Vec<_>) = questions.map(asked).unzip();
    done(tasks).await;
    places.iter().filter_map(|place| locked(place).take()).collect()
}

fn asked<Q>(question: Q) -> (Task, Place<Q::Output>)
where
    Q: Future<Output: Send + 'static> + Send + 'static,
{
    let place = Place::default();
    let answered = Arc::clone(&place);
    let task = async move {
        let answer = question.await;
        *locked(&answered) = Some(answer);
    };
    (Box::pin(task), place)
}

async fn done(tasks: Vec<Task>) {
    let mut all = JoinSet::new();
    for task in tasks {
        all.spawn(task);
    }
    all.join_all().await;
}

/// Nothing panics while it holds the lock.
fn locked<T>(answers: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;

    use super::answers;

    #[tokio::test(start_paused = true)]
    async fn answers_come_in_the_order_of_the_questions() {
        let questions = [30_u64, 10, 20].into_iter().map(|wait| async move {
            sleep(Duration::from_millis(wait)).await;
            wait
        });
        let begin = tokio::time::Instant::now();
        assert_eq!(answers(questions).await, [30, 10, 20]);
        assert_eq!(begin.elapsed(), Duration::from_millis(30), "they were asked at once");
    }

    #[tokio::test]
    #[should_panic(expected = "this one fails")]
    async fn a_question_that_panics_is_not_lost() {
        answers((0..3).map(|number| async move { assert!(number != 1, "this one fails") })).await;
    }
}
