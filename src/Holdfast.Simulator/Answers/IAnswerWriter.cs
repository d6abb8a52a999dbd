using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Answers;

/// <summary>Writes one answer in a dialect. The caller decides which parts, in which order, and when.</summary>
internal interface IAnswerWriter
{
    /// <summary>The media type of its streams.</summary>
    string StreamType => "text/event-stream; charset=utf-8";

    /// <summary>The whole answer as one body.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="empty">Leaves the choices or the content out.</param>
    void Plain(JsonText json, bool empty);

    /// <summary>What a stream begins with before any content.</summary>
    void Open(JsonText json);

    void Delta(JsonText json, Delta delta);

    /// <summary>The finish reason and what follows it.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="marker">Whether the end marker is sent too.</param>
    void Close(JsonText json, bool marker);

    /// <summary>The end marker alone.</summary>
    void Marker(JsonText json);

    void Ping(JsonText json);

    void BadChunk(JsonText json);

    /// <summary>A chunk without choices or content.</summary>
    void EmptyChunk(JsonText json);

    /// <summary>An error as an event of a stream.</summary>
    void Error(JsonText json, Problem problem);
}
