import { tasks } from '../../model/care/activity';
import { formatShare } from '../../lib/care';
import { strings } from '../../strings';

/**
 * A small sign that the server is at work, and the way to what it does. Nothing while it is not:
 * what is done needs nobody's attention.
 */
export function CareActivity() {
    const running = tasks.value;
    const first = running[0];
    if (!first) return null;
    const share = first.fraction === undefined ? undefined : Math.min(1, first.fraction);
    const detail = share === undefined ? first.detail : formatShare(share);
    return (
        <a
            class="at-work"
            href="/care"
            title={strings.care.working(running.length)}
            aria-label={`${first.title}, ${detail}. ${strings.care.working(running.length)}`}
        >
            <svg
                viewBox="0 0 20 20"
                aria-hidden="true"
                class={share === undefined ? 'is-endless' : ''}
            >
                <circle cx="10" cy="10" r="8" />
                <circle
                    cx="10"
                    cy="10"
                    r="8"
                    pathLength="1"
                    stroke-dasharray={`${share ?? 0.25} 1`}
                />
            </svg>
            <span>{first.title}</span>
        </a>
    );
}
