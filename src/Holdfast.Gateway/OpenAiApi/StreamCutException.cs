namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// A stream broke after its first token, and the caller has been told in the stream. Thrown out of the endpoint so that
/// the connection ends without its terminating chunk: a clean end would pass the cut answer off as whole.
/// </summary>
internal sealed class StreamCutException() : Exception("the stream was cut; the caller has been told");
