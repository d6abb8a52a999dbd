namespace Holdfast.Bench.TraceLoad;

/// <summary>A look at everything at one moment of the replay; all are counts from its beginning.</summary>
/// <param name="At">The trace's time, in seconds.</param>
/// <param name="Asked">Calls that were sent to the gateway.</param>
/// <param name="Ended">Calls that have ended.</param>
/// <param name="Primary">Requests that the primary got: counted there, whatever the gateway says.</param>
/// <param name="Backup">Requests that the backup got.</param>
internal readonly record struct Look(double At, int Asked, int Ended, long Primary, long Backup);
