using System.Text;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>One call after the other, from a face to scripted providers and back.</summary>
public abstract class FaceTests : IDisposable
{
    private protected const string AdminKey = "the-admins-own-key";

    private readonly CallsInFlight _inFlight = new();

    private protected FaceTests(string path)
    {
        Admission = new GatewayAdmission(Gateway.Time);
        Http = new DefaultHttpContext
        {
            Request = { Method = "POST", ContentType = "application/json", Path = path },
            Response = { Body = new MemoryStream() },
            TraceIdentifier = "req_7",
        };
    }

    private protected Routing.Gateway Gateway { get; } = new();

    private protected GatewayAdmission Admission { get; }

    private protected Recorder Seen { get; } = new();

    private protected DefaultHttpContext Http { get; }

    private protected ServerOptions Server { get; set; } = new();

    /// <summary>What the caller has been told so far.</summary>
    private protected string Written => Encoding.UTF8.GetString(((MemoryStream)Http.Response.Body).ToArray());

    public void Dispose()
    {
        Gateway.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected GatewaySnapshot Snapshot() => new(Server, Gateway.Routes, new HostPolicy(Server),
        new AccessPolicy(Server, AdminKey), new Redaction(["sk-secret-key"]));

    private protected CallEndpoint Endpoint() => new(Snapshot, Admission, Gateway.Dispatcher,
        new CallObservers([Seen], new CapturedLog<CallObservers>()), _inFlight, Gateway.Time);

    private protected async Task HandleAsync(string body, ICallFace face)
    {
        Http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        await HandleAsync(face);
    }

    /// <summary>Sends the request as it is.</summary>
    private protected async Task HandleAsync(ICallFace face)
    {
        Gateway.Build();
        try
        {
            await Endpoint().HandleAsync(Http, face).SoonAsync();
        }
        finally
        {
            Assert.Equal(0, _inFlight.Count);
        }
    }

    /// <summary>Keeps the last call that has ended.</summary>
    private protected sealed class Recorder : ICallObserver
    {
        public CallRecord? Last { get; private set; }

        public void OnCompleted(CallRecord call) => Last = call;
    }
}
