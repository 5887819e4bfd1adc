import { strings } from '../strings';
import { Dialog, showDialog } from './Dialog';
import { shortcuts } from './shortcuts';

const words = strings.shell.keys;

/** Keys as one reads them. */
const kNames: Record<string, string> = {
    ' ': words.space,
    ArrowLeft: '←',
    ArrowRight: '→',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Shift: '⇧',
};

function Keys({ keys }: { keys: string }) {
    const steps = keys === ' ' ? [keys] : keys.split(' ');
    return (
        <span class="keys">
            {steps.map((step, i) => (
                <span key={step + i}>
                    {i > 0 && <span class="keys-then">{words.then}</span>}
                    {step.split('+').map((key) => (
                        <kbd key={key}>{kNames[key] ?? key.toUpperCase()}</kbd>
                    ))}
                </span>
            ))}
        </span>
    );
}

/** All keys that the page knows. */
export function showHelp(): void {
    showDialog(({ onClose }) => (
            <Dialog title={words.title} onClose={onClose} wide>
                <div class="help">
                    {(Object.keys(words.groups) as (keyof typeof words.groups)[]).map((group) => (
                        <section key={group}>
                            <h3>{words.groups[group]}</h3>
                            <dl>
                                {shortcuts
                                    .filter((shortcut) => shortcut.group === group)
                                    .map(({ keys, label }) => (
                                        <div key={keys}>
                                            <dt>{label}</dt>
                                            <dd>
                                                <Keys keys={keys} />
                                            </dd>
                                        </div>
                                    ))}
                            </dl>
                        </section>
                    ))}
                    <section>
                        <h3>{words.inLists}</h3>
                        <dl>
                            {words.list.map(([keys, label]) => (
                                <div key={keys}>
                                    <dt>{label}</dt>
                                    <dd>
                                        <Keys keys={keys} />
                                    </dd>
                                </div>
                            ))}
                        </dl>
                    </section>
                </div>
            </Dialog>
        ));
}
