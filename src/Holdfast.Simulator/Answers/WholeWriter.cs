using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Answers;

/// <summary>An answer that only ever comes whole: vectors, judgements.</summary>
/// <param name="write">Writes it; leaves its items out when asked to.</param>
internal sealed class WholeWriter(Action<JsonText, bool> write) : IAnswerWriter
{
    public void Plain(JsonText json, bool empty) => write(json, empty);

    public void Open(JsonText json) => throw NeverStreamed();

    public void Delta(JsonText json, Delta delta) => throw NeverStreamed();

    public void Close(JsonText json, bool marker) => throw NeverStreamed();

    public void Marker(JsonText json) => throw NeverStreamed();

    public void Ping(JsonText json) => throw NeverStreamed();

    public void BadChunk(JsonText json) => throw NeverStreamed();

    public void EmptyChunk(JsonText json) => throw NeverStreamed();

    public void Error(JsonText json, Problem problem) => throw NeverStreamed();

    private static InvalidOperationException NeverStreamed() => new("such an answer is never streamed");
}
