using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Tells what a stream of chat chunks says in the events of another dialect, whole ones only.</summary>
internal interface IChunkTeller
{
    /// <summary>A chunk with a choice has come. Only the first one begins anything.</summary>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void Begin(IBufferWriter<byte> output, JsonView chunk, in Usage usage);

    /// <summary>A piece of text, of thoughts or of a refusal.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="part">What it is.</param>
    /// <param name="text">A string that isn't empty.</param>
    /// <param name="logprobs">A text's <c>logprobs</c>, or nothing.</param>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void WriteText(IBufferWriter<byte> output, AnswerPart part, JsonView text, JsonView logprobs);

    /// <summary>What the text cites; nothing where the dialect has no place for it.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="annotations">A list, or nothing.</param>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void WriteAnnotations(IBufferWriter<byte> output, JsonView annotations)
    {
    }

    /// <summary>A call of a tool begins. The one before has ended.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="id">A JSON string, or nothing.</param>
    /// <param name="name">A JSON string.</param>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void BeginCall(IBufferWriter<byte> output, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name);

    /// <summary>A piece of the arguments of the call that began last; nothing else was told since.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="arguments">A JSON string that isn't empty.</param>
    /// <exception cref="JsonException">It cannot be told.</exception>
    void WriteArguments(IBufferWriter<byte> output, ReadOnlySpan<byte> arguments);

    /// <summary>Remembers why the answer ended; nothing where it hasn't.</summary>
    void Finish(JsonView reason);

    /// <summary>The provider is still there.</summary>
    void WritePing(IBufferWriter<byte> output);

    /// <summary>Writes what ends an answer.</summary>
    void WriteEnd(IBufferWriter<byte> output, in Usage usage);

    /// <inheritdoc cref="IStreamReader.NextNumber"/>
    long NextNumber { get; }
}
