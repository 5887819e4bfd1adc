import { h, render } from 'preact';
import type { Selection } from '../../lib/selection';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';

/** What a menu may hand over; `label` is how people know it, as "Abbey Road" or "3 tracks". */
export type { Selection };

interface DialogProps {
    selection: Selection | undefined;
    onClose: () => void;
}
type DialogComponent = (props: DialogProps) => preact.VNode | null;

/**
 * Shows a dialog over whatever page is open. Its script is loaded when it is first wanted, and it
 * stands inside of the app's element, where the colours are.
 */
async function show(
    load: () => Promise<{ default: DialogComponent }>,
    selection: Selection | undefined,
): Promise<void> {
    const before = document.activeElement;
    let dialog: DialogComponent;
    try {
        dialog = (await load()).default;
    } catch {
        toast(`${strings.shell.pageBroken} ${strings.shell.tryAgain}.`, 'error');
        return;
    }
    const host = document.createElement('div');
    (document.querySelector('.app') ?? document.body).append(host);
    const onClose = () => {
        render(null, host);
        host.remove();
        if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
    render(h(dialog, { selection, onClose }), host);
}

/** Asks how to write mastered files of a selection, and begins. Nothing: asks of what, too. */
export function enhanceDialog(selection?: Selection): void {
    void show(() => import('./EnhanceDialog'), selection);
}

/** Asks what to render ahead of a selection, says what it costs, and begins. */
export function prewarmDialog(selection?: Selection): void {
    void show(() => import('./PrewarmDialog'), selection);
}
