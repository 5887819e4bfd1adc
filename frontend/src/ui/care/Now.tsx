import { useSignal } from '@preact/signals';
import { refresh, tasks, type Task } from '../../model/care/activity';
import { roughly } from '../../lib/care';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { Card } from './Card';
import { Progress } from './Progress';

const words = strings.care;

/** What the server works on, each with its end in sight and a way to end it. */
export function Now() {
    const running = tasks.value;
    return (
        <Card title={words.now.title} kind="care-now">
            {running.length === 0 ? (
                <p class="care-quiet">{words.now.quiet}</p>
            ) : (
                <ul class="care-tasks">
                    {running.map((task) => (
                        <TaskRow key={task.key} task={task} />
                    ))}
                </ul>
            )}
        </Card>
    );
}

function TaskRow({ task }: { task: Task }) {
    const ending = useSignal(false);
    const time = task.secondsLeft === undefined ? '' : words.left(roughly(task.secondsLeft));
    const detail = [task.detail, time].filter(Boolean).join(' · ');
    const { end } = task;
    return (
        <li class="care-task">
            <div class="care-task-words">
                <strong>{task.title}</strong>
                <span class="quiet">{detail}</span>
            </div>
            <Progress
                label={task.title}
                fraction={task.state === 'waiting' ? 0 : task.fraction}
                text={detail}
            />
            {end && (
                <button
                    type="button"
                    class="plain"
                    aria-label={words.end(task.title)}
                    disabled={ending.value}
                    onClick={() => {
                        ending.value = true;
                        end()
                            .then(refresh)
                            .catch((error: unknown) => {
                                ending.value = false;
                                toast(words.failed(String((error as Error).message)), 'error');
                            });
                    }}
                >
                    {words.cancel}
                </button>
            )}
        </li>
    );
}
