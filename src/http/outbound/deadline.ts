/** Thrown when an exchange with another server has taken all the time that it is given. */
export class DeadlineExceeded extends Error {}
