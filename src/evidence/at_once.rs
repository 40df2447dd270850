//! Many questions at once. It must not know what is asked.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A question that leaves its answer where it belongs: of one kind, since asking has code of its own for each.
type Task<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// How many are asked at a time: more than a connection lets out.
const ASKED_MAX: usize = 16;

/// The answers, in the order of the questions. Dropping it drops what was not answered yet.
pub(super) async fn answers<Q>(questions: impl Iterator<Item = Q>) -> Vec<Q::Output>
where
    Q: Future<Output: Send> + Send,
{
    let questions: Vec<Q> = questions.collect();
    let mut answers: Vec<Option<Q::Output>> = questions.iter().map(|_| None).collect();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for (question, place) in questions.into_iter().zip(&mut answers) {
        tasks.push(Box::pin(async move { *place = Some(question.await) }));
    }
    done(tasks).await;
    answers.iter_mut().filter_map(Option::take).collect()
}

async fn done(tasks: Vec<Task<'_>>) {
    let mut waiting = tasks.into_iter();
    let mut asked: Vec<Task<'_>> = Vec::new();
    poll_fn(|context| {
        loop {
            asked.retain_mut(|task| task.as_mut().poll(context).is_pending());
            let before = asked.len();
            asked.extend(waiting.by_ref().take(ASKED_MAX - before));
            // Whoever is new has yet to be asked.
            if asked.len() == before {
                return if before == 0 { Poll::Ready(()) } else { Poll::Pending };
            }
        }
    })
    .await;
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
