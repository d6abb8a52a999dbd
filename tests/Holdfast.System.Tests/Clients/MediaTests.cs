using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Holdfast.Simulator;
using OpenAI.Audio;
using OpenAI.Files;
using OpenAI.Images;

namespace Holdfast.System.Tests.Clients;

/// <summary>Files, images and sounds with OpenAI's official clients, through the gateway as they are.</summary>
public sealed class MediaTests : IAsyncLifetime
{
    private const string Models = """
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        models:
          draw: { targets: [ openai/gpt-image-1, azure/gpt-image-1 ] }

        """;

    private RunningGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RunningGateway.StartAsync(Models);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    public async Task The_npm_client_works_with_files_pictures_and_sounds(string provider)
    {
        var input = NpmClient.Options(new ClientSettings(_gateway.Url));
        input["provider"] = provider;
        input["size"] = 5_000_000;

        var seen = await NodeScript.RunAsync("media.mjs", input);

        var file = seen.GetProperty("file");
        Assert.Equal((5_000_000, "batch"),
            (file.GetProperty("bytes").GetInt32(), file.GetProperty("purpose").GetString()));
        Assert.True(seen.GetProperty("isSame").GetBoolean());
        Assert.Equal(file.GetProperty("id").GetString(), Assert.Single(seen.GetProperty("listed").EnumerateArray())
            .GetString());
        Assert.True(seen.GetProperty("deleted").GetBoolean());
        var gone = seen.GetProperty("gone");
        Assert.Equal(("NotFoundError", 404, "id"), (gone.GetProperty("name").GetString(),
            gone.GetProperty("status").GetInt32(), gone.GetProperty("param").GetString()));
        Assert.Equal("99 bytes of sound", seen.GetProperty("text").GetString());
        Assert.True(seen.GetProperty("image").GetInt32() > 1_000);
        Assert.Equal((200_000, "audio/mpeg"), (seen.GetProperty("speech").GetProperty("length").GetInt32(),
            seen.GetProperty("speech").GetProperty("type").GetString()));
    }

    [Fact]
    public async Task The_dotnet_client_works_with_files_pictures_and_sounds_and_each_call_is_counted()
    {
        var options = DotnetClient.Options(new ClientSettings(_gateway.Url));
        options.AddPolicy(new ProviderHeader("openai"), PipelinePosition.PerCall);
        var files = new OpenAIFileClient(new ApiKeyCredential("any"), options);
        var plain = DotnetClient.Options(new ClientSettings(_gateway.Url));
        var bytes = BinaryData.FromBytes(Enumerable.Range(0, 300_000).Select(at => (byte)at).ToArray());

        var file = await files.UploadFileAsync(bytes, "a.bin", FileUploadPurpose.Batch);
        var content = await files.DownloadFileAsync(file.Value.Id);
        await files.DeleteFileAsync(file.Value.Id);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => files.GetFileAsync(file.Value.Id));
        var image = await new ImageClient("openai/gpt-image-1", new ApiKeyCredential("any"), plain)
            .GenerateImageAsync("a bridge");
        var speech = await new AudioClient("openai/tts-1", new ApiKeyCredential("any"), plain)
            .GenerateSpeechAsync("hello", GeneratedSpeechVoice.Alloy);

        Assert.Equal(bytes.ToArray(), content.Value.ToArray());
        Assert.Equal(404, gone.Status);
        Assert.Equal((1_000, 200_000),
            (image.Value.ImageBytes.ToArray().Length, speech.Value.ToArray().Length));
        Assert.Equal(5, await _gateway.MetricAsync(
            5, "llm_requests_total", "operation=\"pass_through\"", "status=\"success\""));
        Assert.Equal(5, await _gateway.MetricAsync(
            5, "holdfast_attempts_total", "provider=\"openai\"", "outcome=\"ok\""));
    }

    [Theory]
    [InlineData(""" "status503": 1 """, "server_error")]
    [InlineData(""" "html200": 1 """, "bad_answer")]
    [InlineData(""" "refuse": 1 """, "refused")]
    public async Task A_fault_fails_over_where_a_model_names_the_targets(string failures, string outcome)
    {
        _gateway.Fail("openai", failures);
        var options = DotnetClient.Options(new ClientSettings(_gateway.Url));

        var image = await new ImageClient("draw", new ApiKeyCredential("any"), options)
            .GenerateImageAsync("a bridge");

        Assert.True(image.GetRawResponse().Headers.TryGetValue("x-holdfast-attempted", out var trail));
        Assert.Equal($"openai/gpt-image-1:{outcome},azure/gpt-image-1:ok", trail);
    }

    [Fact]
    public async Task Keys_are_the_providers_and_a_refused_one_is_never_told()
    {
        using var http = new HttpClient { BaseAddress = _gateway.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files");
        request.Headers.Add("x-holdfast-provider", "openai");
        request.Headers.Add("authorization", "Bearer sk-of-the-caller");

        using var response = await http.SendAsync(request);

        Assert.True(response.IsSuccessStatusCode);
        var last = _gateway.Simulator.LastRequest("openai")!;
        Assert.DoesNotContain("sk-of-the-caller", last, StringComparison.Ordinal);
        Assert.DoesNotContain("x-holdfast", last, StringComparison.OrdinalIgnoreCase);
    }

    private sealed class ProviderHeader(string provider) : PipelinePolicy
    {
        public override void Process(
            PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("x-holdfast-provider", provider);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(
            PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("x-holdfast-provider", provider);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
