import { strings } from '../../strings';
import { Dialog } from './Dialog';

interface ConfirmProps {
    title: string;
    text: string;
    action: string;
    onConfirm: () => void;
    onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
    return (
        <Dialog
            title={title}
            onClose={onClose}
            onSubmit={() => {
                onConfirm();
                onClose();
            }}
            actions={
                <>
                    <button type="button" class="plain" autofocus onClick={onClose}>
                        {strings.care.notNow}
                    </button>
                    <button type="submit" class="care-primary is-danger">
                        {action}
                    </button>
                </>
            }
        >
            <p>{text}</p>
        </Dialog>
    );
}
