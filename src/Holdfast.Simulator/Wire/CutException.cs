namespace Holdfast.Simulator.Wire;

/// <summary>
/// Thrown out of the endpoint to end a response unclean: the server sends what was flushed and then closes the
/// connection without the end of the chunked encoding.
/// </summary>
internal sealed class CutException : Exception;
