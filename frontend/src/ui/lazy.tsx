import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { whileLoading } from '../lib/quiet';
import { strings } from '../strings';

const kSoonMs = 150;

/**
 * A component that is loaded when it is first drawn. Until it is there nothing is shown, and a
 * failure (a server that is away, or that was updated meanwhile) can be tried again.
 */
export function lazy<P extends object>(
    load: () => Promise<{ default: ComponentType<P> }>,
): ComponentType<P> & { preload: () => void } {
    const loaded = signal<ComponentType<P> | undefined>(undefined);
    const failed = signal(false);
    let asked = false;
    const ask = () => {
        if (asked) return;
        asked = true;
        failed.value = false;
        whileLoading(load()).then(
            (module) => (loaded.value = module.default),
            () => {
                asked = false;
                failed.value = true;
            },
        );
    };
    const Lazy = (props: P): JSX.Element => {
        const Component = loaded.value;
        if (Component) return <Component {...props} />;
        if (failed.value) {
            return (
                <div class="instead" role="alert">
                    <h2>{strings.shell.pageBroken}</h2>
                    <button type="button" class="plain" onClick={ask}>
                        {strings.shell.tryAgain}
                    </button>
                </div>
            );
        }
        ask();
        return (
            <p
                class="lazy-wait"
                role="status"
                aria-label={strings.shell.loading}
                style={{ animationDelay: `${kSoonMs}ms` }}
            />
        );
    };
    return Object.assign(Lazy, { preload: ask });
}
